"""`mnist evaluate` and `predict`: parse, call, print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from mnist import MnistError
from mnist.cli.options import choose_place, measuring_options, read_held_out
from sheetgen.console import standard_output

if TYPE_CHECKING:
    from mnist.measurement import Measured
    from mnist.predict import Picture


@click.command()
@click.argument("checkpoint")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Draw the mistakes and the confusion matrix into this folder."
)
@click.option(
    "--shifts", is_flag=True, help="Show in a second column the mean answer to nine shifts by up to one pixel."
)
@measuring_options
def evaluate(
    checkpoint: str,
    out: Path | None,
    shifts: bool,
    data: Path,
    no_md5: bool,
    device: str,
    threads: int | None,
    validate: bool,
) -> None:
    """Measure CHECKPOINT on the test images: a file, or `flagship`, `tiny` or `live`, which ship.

    Only the two files of the test images are needed. Where the epoch was chosen on the images it is measured on, that
    is said.
    """
    from mnist.data import Digits
    from mnist.measurement import measure, measure_shifted
    from mnist.pretrained import open_checkpoint
    from mnist.report import write_mistakes

    where = choose_place(device, threads)
    kept = open_checkpoint(checkpoint)
    model = kept.build().to(where)
    digits = read_held_out(data, md5=not no_md5, validate=validate)
    there = Digits(digits.images.to(where), digits.labels.to(where))
    measured = measure(model, there)
    click.echo(
        f"{kept.model}, seed {kept.config['seed']}, epoch {kept.epoch}: {measured.accuracy:.2f} % of {len(digits):,}, "
        f"{len(measured.wrong):,} wrong, loss {measured.loss:.4f}"
    )
    if caveat := kept.caveat("validation" if validate else "test"):
        click.echo(caveat)
    if shifts:
        _print_beside(measured, measure_shifted(model, there))
    if out is not None:
        write_mistakes(digits, measured, out)
        click.echo(f"wrote {out / 'misclassified.png'} and {out / 'confusion.png'}")


def _print_beside(measured: Measured, shifted: Measured) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for heading in ("as they are", "mean of nine shifts"):
        table.add_column(heading, justify="right")
    both = (measured, shifted)
    table.add_row("accuracy", *(f"{each.accuracy:.2f} %" for each in both))
    table.add_row("wrong", *(f"{len(each.wrong):,}" for each in both))
    table.add_row("loss", *(f"{each.loss:.4f}" for each in both))
    with standard_output() as console:
        console.print(table)


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE...")
@click.option("--checkpoint", default="flagship", show_default=True, help="A file, or flagship, tiny or live.")
def predict(images: tuple[Path, ...], checkpoint: str) -> None:
    """Say which digit each IMAGE shows: a picture of one digit that stands out from its ground.

    Of several pictures all are listed, also those in which no digit can be read; then the exit code is 2.
    """
    from mnist.predict import predict as answer
    from mnist.pretrained import open_checkpoint, temperature

    model, divisor = open_checkpoint(checkpoint).build(), temperature(checkpoint)
    table = Table(box=None, pad_edge=False)
    for heading in ("image", "digit", "probability", "or else", ""):
        table.add_column(heading, overflow="fold")
    unread = 0
    for path, found in _read_all(images):
        if isinstance(found, MnistError):
            unread += 1
            table.add_row(escape(str(path)), "", "", "", found.what)
            continue
        (given,) = answer(model, found.image[None], divisor)
        second = f"{given.second} ({given.second_probability:.1%})"
        note = f"{found.pieces} large pieces; one digit was expected" if found.pieces > 1 else ""
        table.add_row(escape(str(path)), str(given.digit), f"{given.probability:.1%}", second, note)
    with standard_output() as console:
        console.print(table)
    if unread:
        sys.exit(2)


def _read_all(paths: tuple[Path, ...]) -> list[tuple[Path, Picture | MnistError]]:
    """Read pictures, and return for each that cannot be read why; a single one must be readable."""
    from mnist.predict import read_picture

    found: list[tuple[Path, Picture | MnistError]] = []
    for path in paths:
        try:
            found.append((path, read_picture(path)))
        except MnistError as error:
            if len(paths) == 1:
                raise
            found.append((path, error))
    return found
