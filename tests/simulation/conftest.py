"""A config that trains, for tests that change one thing."""

from __future__ import annotations

import pytest

import pcdet_sched as ps
from tests.samples import WITH_WARMUP_ITER


@pytest.fixture(scope="session")
def config() -> ps.Config:
    return ps.load(WITH_WARMUP_ITER)


@pytest.fixture(scope="session")
def plan() -> ps.RunPlan:
    return ps.RunPlan(samples=3712, gpus=8)


@pytest.fixture(scope="session")
def classic() -> ps.RunPlan:
    return ps.RunPlan(samples=3712, gpus=8, trainer="classic")
