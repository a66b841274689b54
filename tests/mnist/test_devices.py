"""What a device is asked to do: bfloat16 where it can, and no more threads than cores are free."""

import os
import platform
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mnist import devices
from mnist.cli.options import changed
from mnist.devices import computes_bfloat16, free_cores, use_threads
from mnist.recipes import DEFAULT, recipe_for

CPU, GPU, MPS = torch.device("cpu"), torch.device("cuda", 0), torch.device("mps")


def pretend(monkeypatch: pytest.MonkeyPatch, *, can: bool, onednn: bool = True, queries: bool = True) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: onednn, raising=False)
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, (lambda: can) if queries else None, raising=False)


@pytest.mark.parametrize("can", [True, False])
def test_a_processor_is_asked_through_pytorch(monkeypatch: pytest.MonkeyPatch, can: bool):
    pretend(monkeypatch, can=can)
    assert computes_bfloat16(CPU) is can


def test_a_processor_held_back_to_older_instructions_has_none(monkeypatch: pytest.MonkeyPatch):
    pretend(monkeypatch, can=True, onednn=False)
    assert not computes_bfloat16(CPU)


@pytest.mark.parametrize(
    ("flags", "can"),
    [("fpu avx2 avx512_bf16", True), ("fpu amx_bf16", True), ("fp asimd bf16", True), ("fpu avx2 avx512f", False)],
)
def test_where_pytorch_does_not_say_the_system_does(monkeypatch: pytest.MonkeyPatch, flags: str, can: bool):
    pretend(monkeypatch, can=False, queries=False)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"flags\t: {flags}\n")
    assert computes_bfloat16(CPU) is can


@pytest.mark.parametrize(("capability", "can"), [((9, 0), True), ((8, 0), True), ((7, 5), False)])
def test_a_gpu_by_its_capability(monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], can: bool):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert computes_bfloat16(GPU) is can


def test_other_devices_have_none():
    assert not computes_bfloat16(MPS)


@pytest.mark.parametrize(
    ("can", "recipe", "asked", "used"),
    [
        (True, "flagship", "auto", "bfloat16"),
        (False, "flagship", "auto", "float32"),
        (False, "flagship", None, "float32"),
        (False, "flagship", "bfloat16", "bfloat16"),
        (True, "flagship", "float32", "float32"),
        (True, "live", "auto", "float32"),
    ],
)
def test_the_precision_suits_the_device(
    monkeypatch: pytest.MonkeyPatch, can: bool, recipe: str, asked: str | None, used: str
):
    pretend(monkeypatch, can=can)
    own = recipe_for(recipe)
    assert changed(own, {"precision": asked}, CPU) == replace(own, precision=used)


def test_a_users_own_model_stays_in_float32(monkeypatch: pytest.MonkeyPatch):
    pretend(monkeypatch, can=True)
    assert changed(DEFAULT, {}, CPU).precision == "float32"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """Eight cores; give a load, a number of cores that this process may use, and a container's limit."""

    def build(load: float = 0, allowed: int = 8, quota: int = 99) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: 8)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0, 0), raising=False)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
        monkeypatch.setattr(devices, "_quota", lambda: quota)

    return build


def test_free_cores(machine):
    for load, allowed, quota, free in ((0, 8, 99, 8), (2.6, 8, 99, 5), (0, 3, 99, 3), (0, 8, 2, 2), (20, 8, 99, 0)):
        machine(load, allowed, quota)
        assert free_cores() == free


@pytest.mark.parametrize(("text", "cores"), [("150000 100000", 2), ("max 100000", None), ("", None)])
def test_the_limit_of_a_container(monkeypatch: pytest.MonkeyPatch, text: str, cores: int | None):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
    assert devices._quota() == (cores or devices.sys.maxsize)


def test_more_threads_than_free_cores(machine):
    machine(load=6)
    assert use_threads(2) == ""
    assert use_threads(4) == "4 threads, but 2 cores are free; --threads 2 may be many times faster"
    machine(load=7)
    assert use_threads(2) == "2 threads, but 1 core is free; --threads 1 may be many times faster"
    machine(load=30)
    assert use_threads(2) == "2 threads, but no cores are free; --threads 1 may be many times faster"
    assert use_threads(1) == ""
