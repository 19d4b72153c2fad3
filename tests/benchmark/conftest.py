"""What the benchmark's tests share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pcdet_sched.benchmark.variant import Description, Variant

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
BLOCK = {
    "OPTIMIZER": "adam_onecycle",
    "NUM_EPOCHS": 80,
    "LR": 0.003,
    "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9,
    "MOMS": [0.95, 0.85],
    "PCT_START": 0.4,
    "DIV_FACTOR": 10,
    "DECAY_STEP_LIST": [35, 45],
    "LR_DECAY": 0.1,
    "LR_CLIP": 1e-7,
    "LR_WARMUP": False,
    "WARMUP_EPOCH": 1,
    "GRAD_NORM_CLIP": 10,
}


@pytest.fixture
def block() -> dict[str, Any]:
    """The OPTIMIZATION block of a shipped model, as far as the benchmark reads it."""
    return dict(BLOCK)


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    """The CPU, and the GPU where there is one."""
    name: str = request.param
    return name


@pytest.fixture
def describe(block, device):
    """A description from fields of the variant and of the description, mixed."""

    def make(**values: Any) -> Description:
        conditions = {"iterations": 12, "epochs": 2} | {
            name: values.pop(name) for name in ("iterations", "epochs", "probe_every") if name in values
        }
        return Description(Variant.from_block(block, **values), device=device, **conditions)

    return make


@pytest.fixture
def silence() -> Any:
    """A recorder that records nothing: the loop as it is without recording."""

    def nothing(*_: Any) -> None:
        """Nothing."""

    return SimpleNamespace(begin=nothing, lr_set=nothing, backward_done=nothing, clipped=nothing, end=nothing)


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small gain nothing from a second thread, and sums keep their order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
