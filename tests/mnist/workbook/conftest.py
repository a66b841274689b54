"""The workbook of the network that ships, written once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from mnist.pretrained import open_checkpoint
from mnist.workbook.description import Description, describe
from mnist.workbook.digits import Gallery, load_gallery
from mnist.workbook.writer import Written, write_live_workbook


@dataclass(frozen=True)
class Live:
    path: Path
    written: Written
    description: Description
    gallery: Gallery


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    """The workbook as it ships."""
    path = tmp_path_factory.mktemp("live") / "MNIST.xlsx"
    description, gallery = describe(open_checkpoint("live").build(), "live"), load_gallery()
    return Live(path, write_live_workbook(description, gallery, path), description, gallery)
