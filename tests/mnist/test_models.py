"""The published networks are what their layer tables say, layer by layer."""

import pytest
import torch
from torch import nn

from mnist.models import MODELS, create_model, parameter_count
from mnist.models.dropout import Dropout
from tests.mnist.conftest import refusal

# type, output shape, parameters; activations, dropout and BN have the shape of what comes in
CONV, BN, RELU, DROP, DROP2, MAX, AVG, FLAT, LINEAR = (
    nn.Conv2d,
    nn.BatchNorm2d,
    nn.ReLU,
    Dropout,
    nn.Dropout2d,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.Flatten,
    nn.Linear,
)


def rows(text: str, kinds: dict[str, type[nn.Module]]) -> list[tuple[type[nn.Module], tuple[int, ...], int]]:
    """Read a table: kind, channels and side of the output, parameters; one layer a line."""
    table = []
    for line in text.strip().splitlines():
        kind, channels, side, parameters = line.split()
        shape = (int(channels),) if side == "-" else (int(channels), int(side), int(side))
        table.append((kinds[kind], shape, int(parameters)))
    return table


KINDS = {
    "conv": CONV,
    "bn": BN,
    "relu": RELU,
    "drop": DROP,
    "drop2": DROP2,
    "max": MAX,
    "avg": AVG,
    "gap": nn.AdaptiveAvgPool2d,
    "flat": FLAT,
    "linear": LINEAR,
}
TABLES = {
    "wide-stem": """
        conv 128 28 1280
        bn 128 28 256
        drop2 128 28 0
        conv 8 30 1032
        conv 16 30 1168
        bn 16 30 32
        drop2 16 30 0
        max 16 15 0
        conv 16 15 2320
        bn 16 15 32
        drop2 16 15 0
        conv 32 15 4640
        bn 32 15 64
        drop2 32 15 0
        max 32 7 0
        conv 16 9 528
        conv 16 9 2320
        bn 16 9 32
        drop2 16 9 0
        conv 32 9 4640
        bn 32 9 64
        drop2 32 9 0
        conv 10 11 330
        gap 10 1 0
    """,
    "two-transition": """
        conv 16 28 160
        relu 16 28 0
        bn 16 28 32
        conv 32 28 4640
        relu 32 28 0
        bn 32 28 64
        max 32 14 0
        conv 8 14 264
        drop 8 14 0
        conv 16 12 1168
        relu 16 12 0
        bn 16 12 32
        conv 32 10 4640
        relu 32 10 0
        bn 32 10 64
        conv 8 10 264
        drop 8 10 0
        conv 16 8 1168
        relu 16 8 0
        conv 32 6 4640
        relu 32 6 0
        conv 10 6 330
        avg 10 1 0
        flat 10 - 0
    """,
    "slim": """
        conv 8 28 72
        relu 8 28 0
        bn 8 28 16
        drop 8 28 0
        conv 16 28 1152
        relu 16 28 0
        bn 16 28 32
        drop 16 28 0
        conv 16 28 2304
        relu 16 28 0
        bn 16 28 32
        drop 16 28 0
        max 16 14 0
        conv 8 14 128
        conv 16 12 1152
        relu 16 12 0
        bn 16 12 32
        drop 16 12 0
        conv 16 10 2304
        relu 16 10 0
        bn 16 10 32
        drop 16 10 0
        conv 16 8 2304
        relu 16 8 0
        bn 16 8 32
        drop 16 8 0
        conv 16 6 2304
        relu 16 6 0
        bn 16 6 32
        drop 16 6 0
        avg 16 1 0
        conv 10 1 160
        flat 10 - 0
    """,
    "gap-linear": """
        conv 16 28 160
        relu 16 28 0
        bn 16 28 32
        drop2 16 28 0
        conv 16 26 2320
        relu 16 26 0
        bn 16 26 32
        drop2 16 26 0
        conv 32 24 4640
        relu 32 24 0
        bn 32 24 64
        drop2 32 24 0
        max 32 12 0
        conv 16 12 4624
        relu 16 12 0
        bn 16 12 32
        drop2 16 12 0
        conv 20 12 2900
        relu 20 12 0
        bn 20 12 40
        drop2 20 12 0
        max 20 6 0
        conv 25 6 4525
        avg 25 1 0
        flat 25 - 0
        linear 10 - 260
    """,
    "pyramid": """
        conv 8 28 72
        relu 8 28 0
        bn 8 28 16
        drop 8 28 0
        conv 8 28 576
        relu 8 28 0
        bn 8 28 16
        drop 8 28 0
        max 8 14 0
        conv 8 14 64
        conv 14 14 1008
        relu 14 14 0
        bn 14 14 28
        drop 14 14 0
        conv 14 14 1764
        relu 14 14 0
        bn 14 14 28
        drop 14 14 0
        max 14 7 0
        conv 14 7 196
        conv 24 7 3024
        relu 24 7 0
        bn 24 7 48
        drop 24 7 0
        conv 24 7 5184
        relu 24 7 0
        bn 24 7 48
        drop 24 7 0
        max 24 3 0
        conv 24 3 576
        conv 32 3 6912
        relu 32 3 0
        bn 32 3 64
        drop 32 3 0
        conv 10 3 320
        avg 10 1 0
        flat 10 - 0
    """,
}
TOTALS = {"wide-stem": 18_738, "two-transition": 17_466, "slim": 12_088, "gap-linear": 19_629, "pyramid": 19_944}
DROPOUT = {"two-transition": 0.30, "slim": 0.069, "gap-linear": 0.05}


def layers_of(model: nn.Module) -> list[tuple[type[nn.Module], tuple[int, ...], int]]:
    seen: list[tuple[type[nn.Module], tuple[int, ...], int]] = []

    def note(module: nn.Module, _: object, output: torch.Tensor) -> None:
        seen.append((type(module), tuple(output.shape[1:]), sum(p.numel() for p in module.parameters())))

    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(note)
    model.eval()(torch.zeros(1, 1, 28, 28))
    return seen


@pytest.mark.parametrize("name", TABLES)
def test_a_published_network_is_its_layer_table(name: str):
    model = create_model(name)
    assert layers_of(model) == rows(TABLES[name], KINDS)
    assert parameter_count(model) == TOTALS[name]


@pytest.mark.parametrize(("name", "share"), DROPOUT.items())
def test_dropout_is_as_published(name: str, share: float):
    assert {m.p for m in create_model(name).modules() if isinstance(m, (nn.Dropout, nn.Dropout2d))} == {share}


def test_where_the_tables_say_bias_there_is_one():
    for name, expected in (
        ("wide-stem", True),
        ("two-transition", True),
        ("gap-linear", True),
        ("slim", False),
        ("pyramid", False),
    ):
        convolutions = [m for m in create_model(name).modules() if isinstance(m, nn.Conv2d)]
        assert {m.bias is not None for m in convolutions} == {expected}, name


def test_wide_stem_applies_relu_as_a_function():
    model = create_model("wide-stem").eval()
    inside: list[torch.Tensor] = []
    last_norm = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)][-1]
    following = list(model.modules())[list(model.modules()).index(last_norm) + 1]
    following.register_forward_hook(lambda _, arguments, __: inside.append(arguments[0]))
    model(torch.randn(2, 1, 28, 28))
    assert inside[0].min() == 0


@pytest.mark.parametrize("name", ["flagship", "tiny", "fast"])
def test_our_own_keep_the_rules(name: str):
    model = create_model(name)
    assert parameter_count(model) < (4_001 if name == "tiny" else 20_000)
    kinds = {type(module) for module in model.modules()}
    assert {nn.BatchNorm2d, nn.AdaptiveAvgPool2d, nn.Linear} <= kinds
    assert any(isinstance(m, nn.Dropout) and m.p > 0 for m in model.modules())
    assert model(torch.randn(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_gives_logits_for_ten_classes(name: str):
    output = create_model(name)(torch.randn(4, 1, 28, 28))
    assert output.shape == (4, 10)
    assert output.min() < 0  # not probabilities: the loss takes the logarithm itself


def test_a_model_of_ones_own_comes_by_import_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_net.py").write_text(
        "from torch import nn\ndef Net(): return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\nx = 3\n"
        "def Lazy(): return nn.Sequential(nn.Flatten(), nn.LazyLinear(10))\n"
    )
    assert parameter_count(create_model("own_net:Lazy")) == 7_850
    assert parameter_count(create_model("own_net:Net")) == 7_850
    for name, words in (
        ("own_net:Nothing", "own_net:Nothing: cannot be made (AttributeError: module 'own_net' has no attribute"),
        ("no_such_module:Net", "no module no_such_module in this folder; work where its file is"),
        ("own_net:x", "TypeError"),
        ("builtins:dict", "gives a dict"),
        ("slimm", "slimm: no such model; did you mean 'slim'? one of flagship, tiny, fast"),
    ):
        assert words in refusal(create_model, name)
