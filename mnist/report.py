"""The files that a finished run writes into its folder for people to look at."""

from pathlib import Path

from mnist.checklist import Check, checklist
from mnist.checkpoint import load_checkpoint
from mnist.data import Digits
from mnist.figures import draw_augmented, draw_confusion, draw_curves, draw_misclassified
from mnist.measurement import Measured, measure
from mnist.models import create_model
from mnist.output import write_text
from mnist.run import Run
from mnist.run_workbook import write_workbook
from mnist.summary import summarise, summary_lines


def write_report(run: Run, train: Digits, held_out: Digits) -> list[Check]:
    """Write curves, augmented samples, mistakes, confusion matrix, summary and workbook of a finished run.

    They show the weights of the last epoch.

    Args:
        run: the finished run.
        train: what it was trained on.
        held_out: what it was measured on.

    Returns:
        The class's checklist.

    Raises:
        MnistError: something cannot be written.
    """
    model = load_checkpoint(run.last).build()
    summary = summarise(create_model(run.plan.model))
    title = f"{run.plan.model}, seed {run.plan.seed}"
    write_text(run.out / "summary.txt", "\n".join(summary_lines(summary)) + "\n")
    draw_curves(run.history, title, run.plan.held_out, run.out / "curves.png")
    draw_augmented(train, run.plan.recipe.augment, run.out / "augmented.png")
    write_mistakes(held_out, measure(model, held_out), run.out)
    checks = checklist(model, summary, [row.accuracy for row in run.history], run.plan.held_out)
    write_workbook(run.out / "curves.xlsx", title, run.plan.held_out, run.history, checks)
    return checks


def write_mistakes(digits: Digits, measured: Measured, out: Path) -> None:
    """Draw the misclassified images and the confusion matrix into a folder.

    Raises:
        MnistError: a picture cannot be written.
    """
    draw_misclassified(digits, measured, out / "misclassified.png")
    draw_confusion(measured, out / "confusion.png")
