"""The Sweep page and the process behind it."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import pcdet_sched as ps
from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.examples import recorded
from pcdet_sched.language import speaking
from pcdet_sched.share.link import decode
from pcdet_sched.sweep.axis import Axis, Span, Values, format_axis, parse_axis
from pcdet_sched.sweep.figures import dimension, parallel, sweep_figure
from pcdet_sched.sweep.grid import describe_points, parse_grid
from pcdet_sched.sweep.job import Status
from pcdet_sched.sweep.journal import read_trials, to_line
from pcdet_sched.sweep.result import SweepResult, Trial, run_id
from pcdet_sched.sweep.table import rows
from pcdet_sched.ui.parts.measuring import told
from pcdet_sched.ui.sweep.axes import axis_text, fields_of
from pcdet_sched.ui.sweep.tune import edits, left_out
from pcdet_sched.ui.sweep.view import runs_frame
from pcdet_sched.zoo import FIRST, shipped
from tests.samples import figures

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "5_Sweep.py")
STATE = "pcdet_sched.Sweep"
PATIENCE = 180.0


@pytest.fixture
def app():
    """The page as a visitor opens it; a sweep that it leaves behind is ended."""
    opened = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not opened.exception
    yield opened
    opened.session_state[STATE].stop()


def texts(app: AppTest) -> str:
    return " ".join(str(item.proto.body) for item in app.get("html"))


def button(app: AppTest, label: str) -> Any:
    return next(item for item in app.button if item.label == label)


def axes(app: AppTest, text: str) -> AppTest:
    return app.text_area(key="sweep-axes").set_value(text).run()


def finish(app: AppTest) -> AppTest:
    end = time.monotonic() + PATIENCE
    while app.session_state[STATE].job is not None:
        assert time.monotonic() < end, "the sweep did not end in time"
        time.sleep(0.3)
        app.run()
    return app.run()


@pytest.fixture
def trials(block, measured):
    """A sweep over texts of a grid, made up: losses in the order of its points, None for a failure."""

    def make(texts: list[str], losses: list[float | None]) -> tuple[Trial, ...]:
        found = []
        points = list(parse_grid(texts))
        for description, loss in zip(
            describe_points(block, points, {"iterations": 2, "epochs": 1}), losses, strict=True
        ):
            run = None if loss is None else measured(description, loss)
            found.append(Trial(run_id(description), description, run, "" if run else "no memory"))
        return tuple(found)

    return make


def test_the_page_opens_with_axes_and_a_recorded_example_of_them(app) -> None:
    assert "An example, recorded earlier." in texts(app)
    drawn = figures(app)[0]["data"][0]
    assert (drawn["type"], drawn["x"], drawn["y"]) == (
        "heatmap",
        ["0.001", "0.003162", "0.01"],
        ["1", "10", "35", "off"],
    )
    block = ps.load(shipped(*FIRST).to_yaml()).optimization
    points = list(parse_grid(app.session_state["sweep-axes"].splitlines()))
    here = describe_points(block, points, {"iterations": 100, "epochs": 4})
    assert {run_id(description) for description in here} == {trial.id for trial in read_trials(recorded("sweep.jsonl"))}
    assert "<strong>12</strong> runs of at most 12" in texts(app)
    assert not button(app, "Run").disabled
    assert button(app, "Stop").disabled


def test_fields_and_text_follow_one_another(app) -> None:
    assert [box.value for box in app.selectbox if box.label == "Key"] == ["clip", "LR"]
    next(box for box in app.multiselect).set_value(["1", "10"]).run()
    assert app.text_area(key="sweep-axes").value == "clip=1,10\nLR=log:0.001..0.01:3"
    next(box for box in app.text_input if box.label == "to").set_value("0.1").run()
    next(box for box in app.toggle if box.label == "log").set_value(False).run()
    assert app.text_area(key="sweep-axes").value == "clip=1,10\nLR=lin:0.001..0.1:3"
    axes(app, "seed=0..2\nPCT_START=lin:0.2..0.4:3\nclip=log:1..9:3,off")
    assert [box.value for box in app.selectbox if box.label == "Key"] == ["seed", "PCT_START", "clip"]
    assert [box.value for box in app.multiselect] == [["0", "1", "2"]]
    assert [box.value for box in app.text_input] == ["0.2", "0.4"]
    button(app, "Vary another key").click().run()
    assert app.text_area(key="sweep-axes").value.splitlines()[-1] == "LR=log:0.001..0.01:3"
    next(item for item in app.button if item.label == "Remove").click().run()
    assert app.text_area(key="sweep-axes").value.startswith("PCT_START=")
    assert not app.exception


def test_values_turn_into_a_range_over_them_and_back(app) -> None:
    axes(app, "clip=1,10,100")
    next(box for box in app.toggle if box.label == "From – to").set_value(True).run()
    assert app.text_area(key="sweep-axes").value == "clip=log:1..100:3"
    next(box for box in app.toggle if box.label == "From – to").set_value(False).run()
    assert app.text_area(key="sweep-axes").value == "clip=1,10,100"


NAMES = {"clip": st.floats(1e-3, 1e3), "seed": st.integers(0, 99), "LR": st.floats(1e-9, 1)}


@given(name=st.sampled_from(sorted(NAMES)), data=st.data())
def test_an_axis_is_the_same_as_text_and_as_fields(name, data) -> None:
    if name == "seed" or data.draw(st.booleans()):
        points = tuple(data.draw(st.lists(NAMES[name], min_size=1, max_size=4, unique=True)))
        axis = Axis(name, (Values(points),))
    else:
        low, high = data.draw(st.tuples(st.floats(1e-6, 1), st.floats(2, 9)))
        axis = Axis(name, (Span(low, high, data.draw(st.integers(2, 9)), data.draw(st.booleans())),))
    assert parse_axis(format_axis(axis)).points == axis.points
    assert axis_text(name, fields_of(axis)) == format_axis(axis)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("clip", "must be name=values"),
        ("clip=1..20", "20 runs; this server takes 12."),
        ("clip=<b>", "clip must be a number above 0, or off, not &#x27;&lt;b&gt;&#x27;"),
    ],
)
def test_axes_that_cannot_be_swept_are_a_sentence_and_cannot_be_run(app, text, sentence) -> None:
    assert sentence in texts(axes(app, text))
    assert button(app, "Run").disabled


def test_a_name_that_no_variant_has_is_said_when_it_is_run(app) -> None:
    axes(app, "speed=1,2")
    button(app, "Run").click().run()
    assert "speed is not known" in texts(app)
    assert app.session_state[STATE].job is None


def test_random_samples_are_counted(app) -> None:
    axes(app, "LR=log:1e-4..1e-2\nseed=0..2")
    app.number_input(key="sweep-samples").set_value(4).run()
    assert "<strong>12</strong> runs" in texts(app)


@pytest.mark.slow
def test_a_sweep_is_run_seen_and_leads_to_tune(app) -> None:
    """Real training, two iterations each."""
    axes(app, "clip=1,35")
    app.number_input(key="sweep-iterations").set_value(2).run()
    button(app, "Run").click().run()
    assert button(app, "Run").disabled
    finish(app)
    assert len(app.session_state[STATE].result().measured) == 2, app.session_state[STATE].status
    assert "An example" not in texts(app)
    first = figures(app)[0]
    assert first["data"][0]["type"] == "parcoords"
    assert [item["label"] for item in first["data"][0]["dimensions"]][:2] == ["clip", "final loss"]
    frame = app.dataframe[0].value
    assert list(frame["Final loss"]) == sorted(frame["Final loss"])
    assert sorted(frame["clip"]) == [1.0, 35.0]


@pytest.mark.slow
def test_an_earlier_sweep_is_opened_and_another_file_is_refused(app, trials) -> None:
    lines = "".join(map(to_line, trials(["clip=1,off seed=0..1"], [3.0, None, 1.0, 2.0])))
    app.file_uploader[0].upload("sweep.jsonl", lines.encode(), "application/jsonl").run()
    assert not app.exception
    frame = app.dataframe[0].value
    assert list(frame["Final loss"])[:3] == [1.0, 2.0, 3.0]
    assert list(frame["clip"]) == ["off", "off", "1", "1"]
    assert list(frame["Why it failed"]) == ["", "", "", "no memory"]
    app.file_uploader[0].upload("x.jsonl", b"{}\n<script>\n", "application/jsonl").run()
    assert "x.jsonl: line 1: this is no result of a sweep" in texts(app)
    assert "<script>" not in texts(app)


@pytest.mark.parametrize(
    ("variant", "changed"),
    [
        (Variant(clip=35.0, optimization={"LR": 0.003}), {"GRAD_NORM_CLIP": 35.0}),
        (Variant(clip=None, optimization={"LR": 0.01}), {"LR": 0.01}),
        (Variant(precision="fp16", clip=10.0), {"USE_AMP": True, "LOSS_SCALE_FP16": 65536.0}),
        (Variant(clip=10.0), {}),
    ],
)
def test_a_row_changes_in_the_config_what_its_variant_changed(variant, changed) -> None:
    block = {"LR": 0.003, "GRAD_NORM_CLIP": 10}
    assert edits(variant, block) == changed
    config = ps.load(f"OPTIMIZATION: {json.dumps(block)}").edit(changed)
    assert edits(variant, config.optimization) == {}


@pytest.mark.parametrize(
    ("variant", "missing"),
    [
        (Variant(), ()),
        (Variant(clip=None, precision="bf16"), ("no clipping", "bf16")),
        (
            Variant(precision="fp16", keep_scaler=True, growth_interval=7),
            ("one scaler for all epochs", "another growth interval"),
        ),
        (Variant(keep_scaler=True, growth_interval=7), ()),
    ],
)
def test_what_a_config_cannot_ask_for_is_named(variant, missing) -> None:
    assert left_out(variant) == missing


def test_the_table_has_the_best_first_and_no_column_that_says_nothing(trials) -> None:
    frame = runs_frame(SweepResult(trials(["seed=0..2"], [3.0, 1.0, 2.0])))
    assert list(frame["seed"]) == [1, 2, 0]
    assert "Why it failed" not in frame
    assert list(frame["ms per iteration"]) == [100.0] * 3


def test_what_came_of_a_run_and_who_ran_it_are_words_of_the_language_and_data_in_files(trials) -> None:
    run = dataclasses.replace(trials(["seed=0"], [3.0])[0], worker="worker 2")
    failed = dataclasses.replace(run, run=None, failure="it ended", worker="tcp://10.0.0.1:8786")
    result = SweepResult((run, failed))
    with speaking("zh_Hans"):
        frame = runs_frame(result)
        assert list(frame["状态"]) == ["已测得", "失败"]
        assert list(frame["工作进程"]) == ["工作进程 2", "tcp://10.0.0.1:8786"]
        assert [(row["status"], row["worker"]) for row in rows(result)] == [
            ("measured", "worker 2"), ("failed", "tcp://10.0.0.1:8786"),
        ]  # fmt: skip


@pytest.mark.parametrize("row", [0, 5])
def test_a_rows_link_opens_tune_with_its_config(app, row) -> None:
    frame = app.dataframe[0].value
    state = decode(frame["Config"][row].removeprefix("./?s="))
    found = state.current.config().optimization
    wanted = {"LR": float(frame["LR"][row]), "OPTIMIZER": "adam_onecycle"}
    assert {key: found[key] for key in wanted} == wanted
    clip = frame["clip"][row]
    assert found["GRAD_NORM_CLIP"] == (10 if clip == "off" else float(clip))
    assert ("no clipping" in frame["Not in a config"][row]) == (clip == "off")


def test_two_names_that_vary_make_a_heat_map_and_others_do_not(trials) -> None:
    table = rows(SweepResult(trials(["clip=1,off seed=0..1"], [3.0, math.nan, None, 2.0])))
    [trace] = sweep_figure(table).to_dict()["data"]
    assert (trace["type"], trace["y"], trace["x"]) == ("heatmap", ["1", "off"], ["0", "1"])
    assert [list(line) for line in trace["z"]] == [[3.0, None], [None, 2.0]]
    assert sweep_figure(rows(SweepResult(trials(["seed=0..1"], [3.0, 1.0])))).data[0].type == "parcoords"


@pytest.mark.parametrize("dark", [False, True])
def test_parallel_coordinates_have_a_line_for_each_run_that_was_measured(trials, dark) -> None:
    table = rows(SweepResult(trials(["clip=1,10,off seed=0..1"], [3.0, 1.0, math.nan, 2.0, None, 5.0])))
    [trace] = parallel(table, dark=dark).to_dict()["data"]
    found = {item["label"]: item for item in trace["dimensions"]}
    assert {len(item["values"]) for item in found.values()} == {5}
    assert list(found) == ["clip", "seed", "final loss"], "what is the same in all is left out"
    assert trace["line"]["showscale"]
    assert list(trace["line"]["colorbar"]["ticktext"]) == ["1", "5"]
    assert list(trace["line"]["color"]) == pytest.approx([2 / 3, 0.0, 1.0, 1 / 3, 1.0])
    assert found["final loss"]["ticktext"][-1] == "not finite"


def test_a_sweep_of_failures_has_an_empty_figure(trials) -> None:
    table = rows(SweepResult(trials(["seed=0..1"], [None, None])))
    [trace] = parallel(table).to_dict()["data"]
    assert all(len(item["values"]) == 0 for item in trace["dimensions"])


@pytest.mark.parametrize("values", [[1.0], [0.0, 0.0], [1e-4, 1e-2], [math.nan], [math.inf, 1.0], [3, 4, 5], ["a"], []])
def test_every_value_of_an_axis_lies_in_its_range(values) -> None:
    found = dimension("x", values)
    low, high = found["range"]
    assert low < high
    assert all(low <= value <= high for value in found["values"])
    assert all(low <= value <= high for value in found["tickvals"])


def test_numbers_over_decades_stand_on_a_log_scale_and_others_do_not() -> None:
    assert dimension("LR", [1e-4, 1e-3, 1e-2])["values"] == [-4.0, -3.0, -2.0]
    assert dimension("clip", [1.0, 10.0])["values"] == [1.0, 10.0]


def test_labels_from_a_file_are_never_markup() -> None:
    assert "<" not in dimension("<b>x</b>", ["<i>a</i>"])["label"]
    assert "<" not in dimension("x", ["<i>a</i>"])["ticktext"][0]


def test_a_visitor_is_not_told_the_schedulers_address(monkeypatch) -> None:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr("pcdet_sched.ui.parts.measuring.callout", lambda *words: said.append(words))
    monkeypatch.setenv("PCDET_SCHED_SCHEDULER", "tcp://10.0.0.1:8786")
    told(
        Status(ended=True, message="no Dask scheduler answers at tcp://10.0.0.1:8786: refused"),
        "The sweep ended early.",
    )
    assert said == [
        ("warn", "The sweep ended early.", "no Dask scheduler answers at this server's address for it: refused")
    ]
