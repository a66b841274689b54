"""What a training step costs on the processor in several forms: milliseconds, the least of some rounds in turn.

    python benchmarks/mnist_step.py                        `fast` and `flagship`, one thread, ten rounds
    python benchmarks/mnist_step.py --model tiny --rounds 20 --threads 2

Forms: the memory layouts of images and weights; number formats; the network compiled by `torch.compile`, which needs a
C++ compiler. Forward, loss and backward are measured, without augmentation and optimizer, which are the same in all.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mnist.models import create_model
from mnist.recipes import recipe_for

LAYOUTS = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
Step = Callable[[], None]


def make_step(name: str, layout: torch.memory_format, number: torch.dtype, *, compiled: bool) -> Step:
    """Return a function that takes one step without the optimizer."""
    torch.manual_seed(0)
    size = recipe_for(name).batch_size
    model: nn.Module = create_model(name).to(memory_format=layout).train()
    images = torch.randn(size, 1, 28, 28).contiguous(memory_format=layout)
    labels = torch.randint(10, (size,))
    called: Callable[[Tensor], Tensor] = torch.compile(model) if compiled else model

    def step() -> None:
        with torch.autocast("cpu", number, enabled=number != torch.float32):
            output = called(images)
        model.zero_grad()
        cross_entropy(output.float(), labels).backward()

    return step


def forms(name: str) -> dict[str, Step]:
    """Return the steps to compare, by what they are."""
    steps = {
        f"{layout}, {number}": make_step(name, LAYOUTS[layout], FORMATS[number], compiled=False)
        for layout in LAYOUTS
        for number in FORMATS
    }
    for number in FORMATS:
        what = f"channels last, {number}, compiled"
        steps[what] = make_step(name, torch.channels_last, FORMATS[number], compiled=True)
    return steps


def least_times(steps: dict[str, Step], rounds: int) -> dict[str, float]:
    """Return each step's least time in seconds, after a first one that compiles; those that fail are left out."""
    best = {}
    for what, step in steps.items():
        start = time.perf_counter()
        try:
            step()
        except Exception as error:  # a compiler may be missing, or refuse: anything may come
            print(f"{what}: {type(error).__name__}: {' '.join(str(error).split())[:100]}")
            continue
        print(f"{what}: first step {time.perf_counter() - start:.1f} s", flush=True)
        best[what] = float("inf")
    for _ in range(rounds):
        for what in best:
            start = time.perf_counter()
            steps[what]()
            best[what] = min(best[what], time.perf_counter() - start)
    return best


def main() -> None:
    """Read what to measure, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", dest="models")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in arguments.models or ("fast", "flagship"):
        print(f"{name}, batches of {recipe_for(name).batch_size}, {arguments.threads} threads")
        for what, seconds in least_times(forms(name), arguments.rounds).items():
            print(f"  {what:<34}  {1000 * seconds:7.1f} ms", flush=True)


if __name__ == "__main__":
    main()
