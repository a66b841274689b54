"""What each of two processes does in test_distributed: a training of its share, and the loss curve into a file."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import torch

from mnist.augment import Augment
from mnist.distributed import world_of_processes
from mnist.recipes import Recipe
from mnist.run import Plan, Run
from tests.mnist.conftest import make_digits

RECIPE = Recipe(epochs=3, batch_size=64, lr=0.01, ema=0.9, augment=Augment(shift=1))
ANEW = replace(RECIPE, epochs=1, reestimate=200)


def train(out: Path, models: list[str]) -> None:
    torch.set_num_threads(1)
    device = torch.device("cpu")
    with world_of_processes(device, RECIPE.batch_size) as world:
        for model in models:
            folder = out / model.replace(":", ".")
            run = Run(Plan(model, RECIPE, 0, device), make_digits(512), make_digits(100, 1), folder, world=world)
            run.go()
            rows = [asdict(row) for row in run.history]
            (folder / f"rank{world.rank}.json").write_text(json.dumps(rows))
            torch.save(run.trainer.model.state_dict(), folder / f"rank{world.rank}.pt")
        anew = Run(Plan("tiny", ANEW, 0, device), make_digits(512), make_digits(100, 1), out / "anew", world=world)
        anew.go()
        torch.save(anew.trainer.measured_model.state_dict(), out / f"anew{world.rank}.pt")


if __name__ == "__main__":
    train(Path(sys.argv[1]), sys.argv[2:])
