"""A config that trains, for tests that change one thing."""

from __future__ import annotations

import pytest

import pcdet_sched as ps

BLOCK = """\
OPTIMIZATION:
    BATCH_SIZE_PER_GPU: 4
    NUM_EPOCHS: 80
    OPTIMIZER: adam_onecycle
    LR: 0.003
    WEIGHT_DECAY: 0.01
    MOMENTUM: 0.9
    MOMS: [0.95, 0.85]
    PCT_START: 0.4
    DIV_FACTOR: 10
    WARMUP_ITER: 500
    DECAY_STEP_LIST: [35, 45]
    LR_DECAY: 0.1
    LR_CLIP: 0.0000001
    LR_WARMUP: False
    WARMUP_EPOCH: 1
    GRAD_NORM_CLIP: 10
"""


@pytest.fixture(scope="session")
def config() -> ps.Config:
    return ps.load(BLOCK)


@pytest.fixture(scope="session")
def plan() -> ps.RunPlan:
    return ps.RunPlan(samples=3712, gpus=8)


@pytest.fixture(scope="session")
def classic() -> ps.RunPlan:
    return ps.RunPlan(samples=3712, gpus=8, trainer="classic")
