"""How long the library's own paths take. `make bench` measures them; as tests they run once and check the result."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

import pcdet_sched as ps
from pcdet_sched.simulation import iter_curve
from pcdet_sched.zoo import FIRST, shipped

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]
PLAN = ps.RunPlan(samples=3712)
LONG = ps.RunPlan(samples=50_000, epochs=80)


@pytest.fixture
def text() -> str:
    return shipped(*FIRST).to_yaml()


@pytest.fixture
def config(text: str) -> ps.Config:
    return ps.load(text)


def test_load(benchmark: BenchmarkFixture, text: str) -> None:
    benchmark.extra_info["what"] = "`load` of a shipped block"
    assert benchmark(ps.load, text).optimization["LR"] == 0.003


def test_edit_and_write(benchmark: BenchmarkFixture, config: ps.Config) -> None:
    benchmark.extra_info["what"] = "`edit` of two keys and `to_yaml`"
    assert "LR: 0.01" in benchmark(lambda: config.edit({"LR": 0.01, "PCT_START": 0.3}).to_yaml())


def test_simulate(benchmark: BenchmarkFixture, config: ps.Config) -> None:
    benchmark.extra_info["what"] = "`simulate` at a plot's resolution"
    assert benchmark(ps.simulate, config, PLAN).total_iterations == 74_240


def test_simulate_a_run_of_a_million_iterations(benchmark: BenchmarkFixture, config: ps.Config) -> None:
    benchmark.extra_info["what"] = "the same for 1,000,000 iterations"
    assert benchmark(ps.simulate, config, LONG).total_iterations == 1_000_000


def test_check(benchmark: BenchmarkFixture, config: ps.Config) -> None:
    benchmark.extra_info["what"] = "`check`"
    assert benchmark(ps.check, config, PLAN).crash is None


def test_export_of_a_million_rows(benchmark: BenchmarkFixture, config: ps.Config) -> None:
    benchmark.extra_info["what"] = "CSV of 1,000,000 iterations"
    plan = PLAN if benchmark.disabled else LONG

    def export() -> int:
        out, rows = io.BytesIO(), 0
        for part in iter_curve(config, plan):
            part.to_csv(out, index=False, header=not rows)
            rows += len(part)
        return rows

    assert benchmark.pedantic(export, rounds=1) == ps.simulate(config, plan).total_iterations
