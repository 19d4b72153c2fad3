"""The figure holds the readings, and nothing that Plotly would read as markup."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pcdet_sched.benchmark.figures import kept, readings_figure
from pcdet_sched.benchmark.result import BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.variant import Description, Variant


def run(norms, clip=10.0):
    count = len(norms)
    readings = Readings(
        tuple(range(count)), (0.003,) * count, (0.9,) * count, (2.0,) * count, tuple(norms),
        tuple(min(n, 10.0) for n in norms), (1.0,) * count, (64.0,) * count,
        tuple(not math.isfinite(n) for n in norms), (None,) * count, (0.01,) * count,
    )  # fmt: skip
    description = Description(Variant(clip=clip, precision="fp16"), iterations=count, epochs=1)
    return BenchmarkRun(description, "cpu", "2", readings, summarise(readings, None, 0))


def traces(built, meta):
    return [trace for trace in built.data if trace.meta == meta]


def test_every_panel_holds_its_column():
    built = readings_figure([run([5.0, 20.0, 3.0])], ["one"])
    for column, values in {"loss": (2.0,) * 3, "grad_norm": (5.0, 20.0, 3.0), "lr": (0.003,) * 3}.items():
        (trace,) = traces(built, column)
        assert trace.x == (0, 1, 2)
        assert trace.y == pytest.approx(values)
    assert {axis["type"] for name, axis in built.layout.to_plotly_json().items() if name.startswith("yaxis")} == {"log"}


def test_what_is_not_finite_is_a_gap_and_a_skip_is_marked_on_the_loss_scale():
    built = readings_figure([run([5.0, math.inf, math.nan, 3.0])], ["one"])
    assert traces(built, "grad_norm")[0].y == (5.0, None, None, 3.0)
    (skips,) = traces(built, "skipped")
    assert (skips.x, skips.y) == ((1, 2), (64.0, 64.0))


def test_each_limit_is_drawn_once_and_no_clipping_has_none():
    built = readings_figure([run([1.0]), run([1.0]), run([1.0], clip=1.0), run([1.0], clip=None)], list("abcd"))
    assert [shape.y0 for shape in built.layout.shapes] == [1.0, 10.0]
    assert len(traces(built, "grad_norm_clipped")) == 3


def test_names_are_escaped_and_runs_told_apart():
    built = readings_figure([run([1.0])] * 7, ["<a href='x'>1</a>", *"234567"])
    names = {trace.name for trace in built.data}
    assert not any("<" in name for name in names)
    assert len({(trace.line.color, trace.line.dash) for trace in traces(built, "loss")}) == 7


def test_a_figure_of_no_runs_is_empty():
    assert len(readings_figure([], []).data) == 0


@pytest.mark.parametrize("count", [1, 5, 299, 300, 301, 2000])
def test_thinning_keeps_the_ends(count):
    places = kept(count, 300)
    assert (places[0], places[-1]) == (0, count - 1)
    assert len(places) <= 301


def test_panels_share_one_axis_of_iterations_and_one_without_a_meaning_is_not_drawn():
    half, single = run([1.0, 2.0]), run([1.0, 2.0])
    single = replace(single, description=Description(Variant(), iterations=2, epochs=1))
    built = readings_figure([half], ["one"])
    assert [axis.title.text for axis in built.select_yaxes()] == ["loss", "gradient norm", "loss scale", "lr"]
    assert {trace.xaxis for trace in built.data} == {"x"}
    assert (built.layout.hoversubplots, built.layout.hovermode) == ("axis", "x")
    without = readings_figure([single], ["one"])
    assert [axis.title.text for axis in without.select_yaxes()] == ["loss", "gradient norm", "lr"]
    assert not traces(without, "loss_scale")
    assert len(traces(readings_figure([half, single], ["a", "b"]), "loss_scale")) == 1


def test_lr_is_one_line_where_all_runs_have_the_same():
    same, other = run([1.0, 2.0]), run([1.0, 2.0])
    other = replace(other, readings=replace(other.readings, lr=(0.1, 0.2)))
    assert len(traces(readings_figure([same, same], ["a", "b"]), "lr")) == 1
    assert len(traces(readings_figure([same, other], ["a", "b"]), "lr")) == 2
