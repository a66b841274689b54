"""Files beside the repository that some tests can do more with: public workbooks, and the real MNIST."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
PUBLIC_WORKBOOKS = SHARED / "workbooks"
NOT_THERE = "the public workbooks or the real MNIST are not in ../shared, beside the repository"


def shared_file(path: Path) -> Path:
    """Return a path that is there, or skip."""
    if not path.exists():
        pytest.skip(NOT_THERE)
    return path
