"""Curves over one another can be told apart."""

from __future__ import annotations

import pcdet_sched as ps
from pcdet_sched.compare.comparison import compare
from pcdet_sched.compare.figures import overlay
from tests.samples import POINTPILLAR


def test_a_curve_that_lies_on_another_is_dashed_and_says_whose_it_is():
    config, plan = ps.load(POINTPILLAR), ps.RunPlan(samples=3712)
    runs = {"a": config, "b": config.edit({"LR": 0.01}), "c": config.edit({"WEIGHT_DECAY": 0.1})}
    figure = overlay(compare({name: ps.simulate(one, plan) for name, one in runs.items()}))
    lines = [(trace.name, trace.line.dash) for trace in figure.data if trace.showlegend is None]
    assert lines == [("a", "solid"), ("b", "solid"), ("c = a", "dash")]
