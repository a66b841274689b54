"""How well `mnist predict` reads pictures, by kind: paper, light, pen, view and file.

    python benchmarks/predict_pictures.py                  300 pictures, ten of each kind
    python benchmarks/predict_pictures.py --kind shadow    only kinds whose name contains "shadow"

It draws the digits itself, as strokes in several handwritings (`tests/mnist/support/drawn_digits.py`), photographs them
in 30 ways (`photographs.py` beside it), and prints how many of each kind are read right. Nothing in the pictures comes
from MNIST, whose training images the networks have seen. `--keep` leaves the pictures in a folder, to look at.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist.pretrained import open_checkpoint
from tests.mnist.support.read_pictures import Read, count_by_kind, outputs, read_pictures, right


def main() -> None:
    """Draw, read and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=10, help="pictures of each kind")
    parser.add_argument("--kind", default="", help="only kinds whose name contains this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", default="flagship")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        reads = read_pictures(folder, arguments.each, arguments.seed, arguments.kind)
    show(reads, arguments.checkpoint)


def show(reads: list[Read], checkpoint: str) -> None:
    """Print a line for each kind, and the sum."""
    correct = right(outputs(open_checkpoint(checkpoint).build(), reads), reads)
    for kind, good, all_of_it in count_by_kind(correct, reads):
        print(f"{kind.group:6}  {kind.name:22}  {good:4} of {all_of_it:4}  {good / all_of_it:6.1%}")
    print(f"{'':6}  {'all':22}  {int(correct.sum()):4} of {len(reads):4}  {correct.float().mean():6.1%}")


if __name__ == "__main__":
    main()
