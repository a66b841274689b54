"""Training against the loop of PyTorch's own MNIST example: the same model, images per second of both, in one run.

    python benchmarks/mnist_speed.py                   all models, 2 threads, 6,400 images, three rounds of each
    python benchmarks/mnist_speed.py --model tiny      one model

The example's way: `DataLoader` over torchvision's dataset of PIL images, `transforms` image by image (`RandomAffine`
with the same ranges as ours, `ToTensor`, `Normalize`), its own training loop, and PyTorch's own dropout. Our way:
`mnist train` with the model's recipe, without elastic bending, which the example's transforms have not. Batch size and
optimizer are the same. `--workers` gives the DataLoader processes of its own.
"""

import argparse
import statistics
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from mnist.augment import Augment
from mnist.data import DEVIATION, MEAN, Digits, load_digits
from mnist.models import MODELS, create_model
from mnist.models.dropout import Dropout
from mnist.recipes import Recipe, recipe_for
from mnist.train import Trainer

AUGMENT = Augment(rotation=10, zoom=0.1, shear=0.1, shift=2)


class Images(datasets.VisionDataset):
    """Digits as torchvision's MNIST gives them: one PIL image after the other."""

    def __init__(self, digits: Digits, transform: transforms.Compose) -> None:
        super().__init__(root="", transform=transform)
        self.digits = digits

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
        picture = transforms.functional.to_pil_image(self.digits.images[place])
        return self.transform(picture), int(self.digits.labels[place])


def the_examples_way(model: nn.Module, digits: Digits, batch: int, workers: int) -> float:
    """Train for one epoch and return seconds."""
    transform = transforms.Compose(
        [
            transforms.RandomAffine(10, translate=(2 / 28, 2 / 28), scale=(0.9, 1.1), shear=5.7),
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
        ]
    )
    images = Subset(Images(digits, transform), range(len(digits)))
    loader = DataLoader(images, batch_size=batch, shuffle=True, num_workers=workers)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    model.train()
    start = time.perf_counter()
    for data, target in loader:
        optimizer.zero_grad()
        loss = cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


def with_plain_dropout(model: nn.Module) -> nn.Module:
    """Put PyTorch's own dropout in the place of ours."""
    for parent in model.modules():
        for name, child in parent.named_children():
            if isinstance(child, Dropout):
                setattr(parent, name, nn.Dropout(child.p))
    return model


def our_way(model: nn.Module, digits: Digits, recipe: Recipe) -> float:
    """Train for one epoch and return seconds."""
    trainer = Trainer(model, recipe, digits, digits.pick(torch.arange(10)), seed=0, device=torch.device("cpu"))
    return trainer.run_epoch().seconds


def main() -> None:
    """Read what to measure, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", dest="models")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "mnist")
    parser.add_argument("--images", type=int, default=6_400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    digits = load_digits(arguments.data, "train").pick(torch.arange(arguments.images))
    for model in arguments.models or MODELS:
        compare(model, digits, arguments.rounds, arguments.workers)


def compare(name: str, digits: Digits, rounds: int, workers: int) -> None:
    """Measure both ways in turn on one model, and print images per second and the ratio."""
    recipe = replace(recipe_for(name), epochs=1, augment=AUGMENT)
    example, ours = [], []
    for _ in range(rounds):
        example.append(the_examples_way(with_plain_dropout(create_model(name)), digits, recipe.batch_size, workers))
        ours.append(our_way(create_model(name), digits, recipe))
    facts = f"batches of {recipe.batch_size}, {torch.get_num_threads()} threads, ours in {recipe.precision}"
    print(f"{name}, {len(digits):,} images, {facts}")
    for way, seconds in (("example", statistics.median(example)), ("ours", statistics.median(ours))):
        print(f"{way:>8}  {seconds:7.2f} s  {len(digits) / seconds:9,.0f} images/s")
    print(f"   ratio  {statistics.median(example) / statistics.median(ours):.1f} times as fast")


if __name__ == "__main__":
    main()
