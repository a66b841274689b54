"""`mnist workbook`: parse, call, print."""

import sys
from pathlib import Path

import click

_MOST_SHOWN = 10


@click.command()
@click.argument("checkpoint", default="live")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("MNIST.xlsx"),
    show_default=True,
    help="The workbook to write.",
)
@click.option(
    "--digits", type=click.IntRange(1, 30), default=30, show_default=True, help="How many digits to choose from."
)
def workbook(checkpoint: str, output: Path, digits: int) -> None:
    """Write CHECKPOINT as a workbook in which every activation is a live formula, and verify it.

    CHECKPOINT is a file, or the name of one that comes with the package; without one it is `live`. The networks
    `live` and `fast` fit, and others of their kind: convolutions with batch normalisation and ReLU, max pooling, the
    mean of each map and a linear layer.

    Every formula is then recomputed by IronCalc, its cached value destroyed, and compared with PyTorch in double
    precision. Exits with 1 where they disagree.
    """
    from mnist.pretrained import open_checkpoint
    from mnist.workbook.check import check_live_workbook
    from mnist.workbook.description import describe
    from mnist.workbook.digits import load_gallery
    from mnist.workbook.writer import write_live_workbook

    kept = open_checkpoint(checkpoint)
    description = describe(kept.build(), kept.model)
    gallery = load_gallery(digits)
    written = write_live_workbook(description, gallery, output)
    size = output.stat().st_size
    click.echo(f"wrote {output}: {kept.model}, {len(written.formulas):,} formulas, {size / 1000:,.0f} kB")
    checked = check_live_workbook(output, written, description, gallery)
    if not checked.disagreements:
        click.echo(
            f"PyTorch agrees: {checked.cells:,} numbers compared, in {checked.trials} trials (every digit, drawings, a "
            f"patch, other kernels); largest difference {checked.largest:.0e}"
        )
        return
    for disagreement in checked.disagreements[:_MOST_SHOWN]:
        click.echo(f"{disagreement}")
    left = len(checked.disagreements) - _MOST_SHOWN
    click.echo(
        f"PyTorch disagrees in {len(checked.disagreements):,} cells{f', {left:,} not shown' if left > 0 else ''}"
    )
    sys.exit(1)
