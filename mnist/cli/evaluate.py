"""`mnist evaluate` and `predict`: parse, call, print."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from mnist.cli.options import choose_place, measuring_options, read_data
from sheetgen.console import standard_output


@click.command()
@click.argument("checkpoint")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Draw the mistakes and the confusion matrix into this folder."
)
@measuring_options
def evaluate(
    checkpoint: str, out: Path | None, data: Path, no_md5: bool, device: str, threads: int | None, validate: bool
) -> None:
    """Measure CHECKPOINT on the test images: a file, or `flagship`, `tiny` or `live`, which ship."""
    from mnist.data import Digits
    from mnist.measurement import measure
    from mnist.pretrained import open_checkpoint
    from mnist.report import write_mistakes

    where = choose_place(device, threads)
    kept = open_checkpoint(checkpoint)
    model = kept.build().to(where)
    _, digits = read_data(data, md5=not no_md5, validate=validate)
    measured = measure(model, Digits(digits.images.to(where), digits.labels.to(where)))
    click.echo(
        f"{kept.model}, seed {kept.config['seed']}, epoch {kept.epoch}: {measured.accuracy:.2f} % of {len(digits):,}, "
        f"{len(measured.wrong):,} wrong, loss {measured.loss:.4f}"
    )
    if out is not None:
        write_mistakes(digits, measured, out)
        click.echo(f"wrote {out / 'misclassified.png'} and {out / 'confusion.png'}")


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE...")
@click.option("--checkpoint", default="flagship", show_default=True, help="A file, or flagship, tiny or live.")
def predict(images: tuple[Path, ...], checkpoint: str) -> None:
    """Say which digit each IMAGE shows: a picture of one digit, dark on light or light on dark."""
    import torch

    from mnist.predict import predict as answer
    from mnist.predict import read_image
    from mnist.pretrained import open_checkpoint

    pictures = torch.stack([read_image(path) for path in images])
    answers = answer(open_checkpoint(checkpoint).build(), pictures)
    table = Table(box=None, pad_edge=False)
    for heading in ("image", "digit", "probability", "or else"):
        table.add_column(heading, overflow="fold")
    for path, found in zip(images, answers, strict=True):
        second = f"{found.second} ({found.second_probability:.1%})"
        table.add_row(escape(str(path)), str(found.digit), f"{found.probability:.1%}", second)
    with standard_output() as console:
        console.print(table)
