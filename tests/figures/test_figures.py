"""What is drawn is what was simulated, and says what it is."""

from __future__ import annotations

import itertools
import json

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.io import to_json

import pcdet_sched as ps
from pcdet_sched.figures import DARK, LIGHT, curves, curves_spec, epoch_ticks, notice_spec, plain, standalone_html
from pcdet_sched.zoo import FIRST, shipped

PLAN = ps.RunPlan(samples=3712, gpus=8)


@pytest.fixture(scope="module")
def config():
    return ps.load(shipped(*FIRST).to_yaml())


@pytest.fixture(scope="module")
def run(config):
    return ps.simulate(config, PLAN)


def test_the_first_trace_is_lr_the_second_momentum_over_the_same_iterations(run):
    lr, momentum = curves(run).data[:2]
    assert (lr.name, momentum.name) == ("lr", "momentum")
    assert list(lr.x) == list(momentum.x) == run.curve["iteration"].tolist()
    assert list(lr.y) == run.curve["lr"].tolist()
    assert list(momentum.y) == run.curve["momentum"].tolist()


def test_epochs_above_stand_at_their_iterations(run):
    axis = curves(run).layout.xaxis2
    assert axis.side == "top"
    assert axis.matches == "x"
    assert [n / run.iterations_per_epoch for n in axis.tickvals] == [float(text) for text in axis.ticktext]


def test_every_phase_is_shaded_through_both_plots_and_named(run):
    figure = curves(run)
    layout = figure.layout
    stretches = [(phase.start, phase.end, 0, 1) for phase in run.phases]
    assert [(shape.x0, shape.x1, shape.y0, shape.y1) for shape in layout.shapes] == stretches
    names = next(trace for trace in figure.data if trace.mode == "text")
    assert [*names.text] == [phase.name for phase in run.phases]


def test_a_run_that_trains_is_solid_and_one_that_does_not_is_dashed_and_says_so(config):
    for optimizer, dash in [("adam_onecycle", "solid"), ("adam", "dash")]:
        figure = curves(ps.simulate(config.edit({"OPTIMIZER": optimizer}), PLAN))
        assert [trace.line.dash for trace in figure.data[:2]] == [dash, dash]
        said = any("Never trained this way: TypeError" in note.text for note in figure.layout.annotations)
        assert said == (dash == "dash")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"PCT_START": None}, "No curve:<br>AttributeError"),
        ({"SCHEDULER": "None"}, "No curve:<br>it is not known which trainer"),
        ({"NUM_EPOCHS": 0}, "No curve:<br>"),
    ],
)
def test_without_a_curve_the_figure_is_low_and_says_why(config, edits, said):
    run = ps.simulate(config.edit(edits), PLAN)
    assert run.curve.empty
    figure = curves(run)
    assert len(figure.data) == 0
    assert [note.text.startswith(said) for note in figure.layout.annotations] == [True]
    assert figure.layout.height < 150


def test_text_that_stems_from_a_file_is_drawn_letter_by_letter(config):
    run = ps.simulate(config.edit({"OPTIMIZER": "<a href='javascript:alert(1)'>x</a>"}), PLAN)
    assert "<a" not in curves(run).to_json()
    assert plain("<b>") == "&lt;b&gt;"


def test_log_puts_lr_on_a_logarithmic_axis_and_leaves_momentum(run):
    layout = curves(run, log=True).layout
    assert layout.yaxis.type == "log"
    assert layout.yaxis2.type is None


def test_the_html_holds_plotly_itself_and_asks_for_nothing(run):
    page = standalone_html(run)
    assert len(page) > 1_000_000
    assert "<script src=" not in page


@given(st.floats(0, 1e9))
def test_epoch_ticks_rise_in_equal_steps_from_0_and_stay_in_the_run(epochs):
    ticks = epoch_ticks(epochs)
    assert ticks[0] == 0
    assert ticks[-1] <= max(epochs, 0)
    assert len(ticks) <= 10
    assert len({b - a for a, b in itertools.pairwise(ticks)}) <= 1


def _channels(color):
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color)]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_have_the_contrast_that_small_text_needs(palette):
    for color in (palette.lr, palette.momentum, palette.text, palette.alarm):
        light, dark = sorted((_luminance(color), _luminance(palette.background)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_lr_and_momentum_differ_for_readers_without_red_or_green(palette):
    # Blue against yellow is what deuteranopes and protanopes see: blue minus the mean of red and green.
    def blueness(color):
        red, green, blue = _channels(color)
        return blue - (red + green) / 2

    assert abs(blueness(palette.lr) - blueness(palette.momentum)) > 0.4


@pytest.mark.parametrize("changes", [{}, {"OPTIMIZER": "sgd"}, {"PCT_START": -0.1}, {"LR": None}])
@pytest.mark.parametrize("log", [False, True])
def test_the_plain_data_that_the_page_draws_is_a_figure_that_plotly_accepts(config, changes, log):
    run = ps.simulate(config.edit(changes), PLAN)
    spec = json.loads(to_json(curves_spec(run, log=log), validate=False))
    figure = go.Figure(spec)  # raises for a property that is none
    assert json.loads(figure.to_json())["layout"] | {"template": {}} == spec["layout"]
    for drawn, trace in zip(figure.data, spec["data"], strict=True):
        assert [*drawn.x] == trace["x"]
        assert [*drawn.y] == trace["y"]


def test_a_notice_is_a_figure_without_curves_that_shows_its_text_as_it_is():
    figure = go.Figure(notice_spec("<b>wait</b>"))
    assert figure.layout.annotations[0].text == "&lt;b&gt;wait&lt;/b&gt;"
    assert not figure.data


def test_a_second_groups_lr_is_a_curve_of_its_own_named_at_its_end(config):
    two = ps.simulate(config.edit({"OPTIMIZER": "adamW", "LR_BB": 0.0003}), PLAN)
    assert two.resolved.name == "barzanisar/OpenPCDet"
    second = next(trace for trace in curves(two).data if trace.name == "lr_2")
    assert list(second.y) == two.curve["lr_2"].tolist()
    assert second.text[-1] == "lr_2"
    assert max(second.y) < max(curves(two).data[0].y)
    assert not [trace for trace in curves(ps.simulate(config, PLAN)).data if trace.name == "lr_2"]
