"""What a generated sheet trains: a network, its loss, its optimiser and its first numbers."""

import random
from dataclasses import dataclass
from itertools import pairwise

ACTIVATIONS = {
    "sigmoid": ("1/(1+EXP(-{z}))", "{a}*(1-{a})"),
    "tanh": ("TANH({z})", "(1-{a}*{a})"),
    "relu": ("MAX(0,{z})", "IF({z}>0,1,0)"),
    "leaky relu": ("IF({z}>0,{z},0.01*{z})", "IF({z}>0,1,0.01)"),
    "bipolar sigmoid": ("2/(1+EXP(-{z}))-1", "0.5*(1+{a})*(1-{a})"),
    "linear": ("{z}", "1"),
    "softplus": ("LN(1+EXP({z}))", "1/(1+EXP(-{z}))"),
}
"""Each activation function of a sum z, and its derivative, in terms of z and of a, as a sheet writes them."""

LOSSES = ("half squares", "squares", "mean square", "mean of halves", "cross-entropy", "softmax")
BIASES = ("none", "layer", "neuron", "numbered")
OPTIMISERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "weight decay")
RATES = ("one", "per layer", "decaying")
SHAPES = ((2, 2, 2), (2, 3, 2), (3, 2, 1), (1, 2, 1), (2, 1), (2, 2, 2, 2))

MOMENTUM, DECAY, MEAN, SQUARES, TINY, WEIGHT_DECAY = 0.9, 0.95, 0.9, 0.99, 1e-8, 0.01
"""The constants of the optimisers; `SQUARES` is the decay of the mean of squares."""


@dataclass(frozen=True)
class Parameter:
    """A weight or bias.

    Attributes:
        name: `w3`, `b1` or `b_h1`.
        number: its number among those that are named alike.
        layer: which layer of weights, from 1.
        source: the name of the neuron or input it comes from; empty for a bias.
        targets: the neurons it leads to; more than one for a bias that a layer shares.
        at: the positions of target and source in their layers, from 1; 0 for a bias's source.
    """

    name: str
    number: int
    layer: int
    source: str
    targets: tuple[str, ...]
    at: tuple[int, int]


@dataclass(frozen=True)
class Neuron:
    """A neuron: its name (`h1`, `o2`), its layer from 1, and its position there from 1."""

    name: str
    layer: int
    position: int

    @property
    def activation(self) -> str:
        """The name of what it gives."""
        return f"a_{self.name}"


@dataclass(frozen=True)
class Mathematics:
    """A network and how it is trained; see the constants of this module for what may be chosen.

    Attributes:
        numbering: whether weights are numbered by `target` or by `source`.
        samples: how many samples take turns.
        seed: what the first numbers follow from.
    """

    layers: tuple[int, ...] = (2, 2, 2)
    hidden: str = "sigmoid"
    output: str = "sigmoid"
    loss: str = "half squares"
    bias: str = "none"
    optimiser: str = "sgd"
    rate: str = "one"
    numbering: str = "target"
    samples: int = 1
    seed: int = 0

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs."""
        return [f"i{k}" for k in range(1, self.layers[0] + 1)]

    @property
    def targets(self) -> list[str]:
        """The names of the targets."""
        return [f"t{k}" for k in range(1, self.layers[-1] + 1)]

    @property
    def neurons(self) -> list[list[Neuron]]:
        """The neurons by layer; hidden ones are numbered through."""
        count = 0
        found = []
        for layer, width in enumerate(self.layers[1:-1], 1):
            found.append([Neuron(f"h{count + j}", layer, j) for j in range(1, width + 1)])
            count += width
        last = len(self.layers) - 1
        return [*found, [Neuron(f"o{j}", last, j) for j in range(1, self.layers[-1] + 1)]]

    @property
    def weights(self) -> list[Parameter]:
        """The weights in the order of their numbers."""
        found: list[Parameter] = []
        for layer, (before, after) in enumerate(pairwise(self._columns()), 1):
            pairs = [(t, s) for t in range(len(after)) for s in range(len(before))]
            if self.numbering == "source":
                pairs.sort(key=lambda pair: pair[::-1])
            for t, s in pairs:
                number = len(found) + 1
                at = (t + 1, s + 1)
                found.append(Parameter(f"w{number}", number, layer, before[s], (after[t],), at))
        return found

    @property
    def biases(self) -> list[Parameter]:
        """The biases."""
        if self.bias == "none":
            return []
        if self.bias == "layer":
            return [
                Parameter(f"b{layer}", layer, layer, "", tuple(each.name for each in row), (1, 0))
                for layer, row in enumerate(self.neurons, 1)
            ]
        start = len(self.weights) if self.bias == "numbered" else 0
        every = [each for row in self.neurons for each in row]
        return [
            Parameter(
                f"w{start + at}" if start else f"b_{each.name}",
                start + at,
                each.layer,
                "",
                (each.name,),
                (each.position, 0),
            )
            for at, each in enumerate(every, 1)
        ]

    @property
    def parameters(self) -> list[Parameter]:
        """All that is trained."""
        return [*self.weights, *self.biases]

    def _columns(self) -> list[list[str]]:
        return [self.inputs, *([each.name for each in row] for row in self.neurons)]

    def start(self) -> dict[str, float]:
        """The first value of every parameter, and the learning rates; two decimals each."""
        rng = random.Random(f"weights {self.seed}")
        drawn = {each.name: round(rng.choice((-1, 1)) * rng.uniform(0.1, 0.9), 2) for each in self.parameters}
        eta = 0.05 if self.optimiser in ("rmsprop", "adam") else round(rng.uniform(0.1, 0.6), 2)
        return drawn | {"eta": eta} | {f"eta{layer}": round(eta + 0.05 * layer, 2) for layer in (1, 2, 3)}

    def data(self) -> list[dict[str, float]]:
        """The samples: inputs and targets by name."""
        rng = random.Random(f"data {self.seed}")
        return [self._sample(rng) for _ in range(self.samples)]

    def _sample(self, rng: random.Random) -> dict[str, float]:
        given = {name: round(rng.uniform(0.05, 1.2), 2) for name in self.inputs}
        targets = [round(rng.uniform(0.05, 0.95), 2) for _ in self.targets]
        if self.loss == "softmax":
            targets = [float(at == 0) for at in range(len(targets))]
            rng.shuffle(targets)
        return given | dict(zip(self.targets, targets, strict=True))
