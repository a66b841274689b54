"""What all tests share: finding programs, and failing loudly where CI must not skip."""

import os
import shutil

import pytest


def require_program(name: str) -> str:
    """Return the path of a program; skip where it is missing, or fail where REQUIRE_PROGRAMS says it must be there."""
    path = shutil.which(name)
    if path is None:
        reason = f"the program {name} is not installed"
        if os.environ.get("REQUIRE_PROGRAMS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
