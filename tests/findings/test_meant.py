"""What a value was meant to be is one rule: the fix that the check offers is what the curve is drawn from."""

from __future__ import annotations

import pytest

import pcdet_sched as ps
from pcdet_sched.findings.check import check_run
from tests.samples import ALL_OPTIMIZERS as BLOCK

PLAN = ps.RunPlan(samples=3712)


@pytest.mark.parametrize(
    ("key", "text", "meant"),
    [
        ("LR", "0,003", 0.003),
        ("NUM_EPOCHS", "80.0", 80),
        ("NUM_EPOCHS", 80.0, 80),
        ("MOMS", ["0,95", "0.85"], [0.95, 0.85]),
    ],
)
def test_the_curve_of_what_was_meant_is_the_curve_after_the_fix(key: str, text: object, meant: object) -> None:
    config = ps.load(BLOCK).edit({key: text})
    (error,) = ps.check(config, PLAN).errors
    assert error.fix == {key: meant}
    drawn, mended = ps.simulate(config, PLAN), ps.simulate(config.edit(error.fix), PLAN)
    assert drawn.crash is not None
    assert mended.crash is None
    assert len(drawn.curve) > 100
    assert drawn.curve.equals(mended.curve)


def test_check_takes_no_run_of_another_config() -> None:
    healthy = ps.load(BLOCK)
    with pytest.raises(TypeError):
        ps.check(healthy, PLAN, run=ps.simulate(healthy.edit({"LR": "x"}), PLAN))  # type: ignore[call-arg]


@pytest.mark.parametrize("iterations", [[0], [], [5, 3]])
def test_a_run_of_few_iterations_is_checked_as_a_whole(iterations: list[int]) -> None:
    config = ps.load(BLOCK)
    assert check_run(ps.simulate(config, PLAN, iterations)) == ps.check(config, PLAN)
