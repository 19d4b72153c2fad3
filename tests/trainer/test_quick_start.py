"""The first dry run of a process does not wait for what it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from pcdet_sched.trainer.optimizers import SGD, Adam

PROBE = """
import sys
import pcdet_sched as ps
block = "{BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 2, OPTIMIZER: %s, LR: 0.003, WEIGHT_DECAY: 0.01, MOMENTUM: 0.9,"
block += " LR_CLIP: 0, LR_WARMUP: no, MOMS: [0.95, 0.85], PCT_START: 0.4, DIV_FACTOR: 10,"
block += " DECAY_STEP_LIST: [35], GRAD_NORM_CLIP: 10}"
for name in ("adam_onecycle", "adam", "sgd"):
    run = ps.simulate(ps.load("OPTIMIZATION: " + block % name), ps.RunPlan(samples=80, trainer="classic"))
    assert run.crash is None, run.crash
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.slow
def test_no_run_imports_torchs_compiler() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (SGD, torch.optim.SGD)])
def test_the_quick_optimizers_step_as_torchs_to_the_last_bit(
    ours: type[torch.optim.Optimizer], theirs: type[torch.optim.Optimizer]
) -> None:
    results = []
    for kind in (ours, theirs):
        weight = torch.nn.Parameter(torch.linspace(-1, 1, 7))
        optimizer = kind([{"params": [weight]}], lr=0.01, weight_decay=0.1)  # type: ignore[call-arg]
        for _ in range(10):
            optimizer.zero_grad()
            (weight**3).sum().backward()
            optimizer.step()
        results.append(weight.detach().clone())
    assert torch.equal(*results)
    assert issubclass(ours, theirs)
