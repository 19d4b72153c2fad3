"""The Benchmark page: by AppTest, and in a real browser."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from pcdet_sched.benchmark.result import BenchmarkResult
from pcdet_sched.benchmark.serialise import to_json
from pcdet_sched.benchmark.variant import Description, Variant
from pcdet_sched.ui.benchmark.setup import row_of, variant_of
from tests.samples import figures

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "3_Benchmark.py")
PATIENCE = 120.0
STATE = "pcdet_sched.Bench"


@pytest.fixture
def app():
    """The page as a visitor opens it; a run that it leaves behind is ended."""
    opened = []

    def make():
        opened.append(AppTest.from_file(PAGE, default_timeout=60).run())
        assert not opened[-1].exception
        return opened[-1]

    yield make
    for page in opened:
        page.session_state[STATE].stop()


def button(app, label):
    return next(item for item in app.button if item.label == label)


def texts(app):
    return " ".join(str(item.proto.body) for item in app.get("html"))


def figure(app):
    return figures(app)[0]


def finish(app):
    end = time.monotonic() + PATIENCE
    while app.session_state[STATE].job is not None:
        assert time.monotonic() < end, "the run did not end in time"
        time.sleep(0.2)
        app.run()
    return app.run()


def test_the_page_opens_with_a_preset_and_a_recorded_example_of_it(app):
    page = app()
    assert [row["loss_scale"] for row in page.session_state[STATE].rows] == [32.0, 512.0, 65536.0, 2.0**24]
    assert "An example, recorded earlier." in texts(page)
    assert "Loss scale 32 and loss scale 512: nothing speaks against them." in texts(page)
    names = [trace["name"] for trace in figure(page)["data"] if trace["meta"] == "loss"]
    assert names == ["loss scale 32", "loss scale 512", "loss scale 65,536", "loss scale 16,777,216"]
    assert button(page, "Stop").disabled
    assert not button(page, "Run").disabled


def test_a_preset_fills_the_table(app):
    page = app()
    page.segmented_control[0].set_value("clip").run()
    assert [row["clip"] for row in page.session_state[STATE].rows][:3] == [1.0, 10.0, 35.0]


@pytest.mark.parametrize(
    "variant",
    [
        Variant(precision="fp16", clip=None, loss_scale=32.0, keep_scaler=True, seed=3),
        Variant(clip=0.5, growth_interval=7),
    ],
)
def test_a_row_of_the_table_is_its_variant(variant):
    row = row_of(variant)
    assert variant_of(row, {}) == variant
    assert variant_of(row | {"seed": float(variant.seed)}, {}) == variant


def test_a_row_that_cannot_be_run_is_a_sentence_and_starts_nothing(app):
    page = app()
    page.session_state[STATE].fill([row_of(Variant()) | {"spike": "never"}])
    button(page.run(), "Run").click().run()
    assert "spike must be iteration:magnitude" in texts(page)
    assert page.session_state[STATE].job is None


def test_a_limit_of_the_server_holds(app, monkeypatch):
    monkeypatch.setenv("PCDET_SCHED_MAX_VARIANTS", "1")
    page = app()
    button(page, "Run").click().run()
    assert "at most 1" in texts(page)
    assert page.session_state[STATE].job is None


def earlier():
    from pcdet_sched.benchmark.loop import run_variant

    block = {"OPTIMIZER": "sgd", "LR": 0.01, "WEIGHT_DECAY": 0, "MOMENTUM": 0.9, "DECAY_STEP_LIST": [1],
             "LR_DECAY": 0.1, "LR_CLIP": 0, "LR_WARMUP": False}  # fmt: skip
    return run_variant(Description(Variant(optimization=block), iterations=4, epochs=1))


def test_an_earlier_result_is_drawn_and_compared(app):
    run = earlier()
    page = app()
    text = to_json(BenchmarkResult((run,))).encode()
    page.file_uploader[0].upload("old.json", text, "application/json").run()
    assert not page.exception
    loss = next(trace for trace in figure(page)["data"] if trace["meta"] == "loss")
    assert loss["name"] == "earlier: fp32"
    assert loss["y"] == pytest.approx(run.readings.loss)
    assert page.dataframe[-1].value["Iterations"].tolist() == [4]


def test_an_upload_that_is_no_result_is_a_sentence(app):
    page = app()
    page.file_uploader[0].upload("<b>old</b>.json", b"{}", "application/json").run()
    assert not page.exception
    assert "this is no benchmark result" in texts(page)
    assert "<b>old" not in texts(page)


@pytest.mark.slow
def test_a_run_comes_to_its_end_on_the_page(app):
    page = app()
    page.segmented_control[0].set_value("amp").run()
    page.number_input(key="bench-iterations").set_value(12).run()
    button(page, "Run").click().run()
    assert button(page, "Run").disabled
    finish(page)
    assert not page.exception
    losses = [trace for trace in figure(page)["data"] if trace["meta"] == "loss"]
    assert [(trace["name"], trace["x"]) for trace in losses] == [("fp32", list(range(12))), ("fp16", list(range(12)))]
    assert page.dataframe[-1].value["Variant"].tolist() == ["fp32", "fp16"]
    assert "<strong>fp32</strong><br>GRAD_NORM_CLIP 10" in texts(page)
    assert "An example" not in texts(page)
    assert [item.label for item in page.get("download_button")] == ["JSON", "CSV"]


@pytest.mark.slow
def test_two_sessions_share_the_machine_and_the_second_sees_its_place(app):
    first, second = app(), app()
    for page in (first, second):
        page.number_input(key="bench-iterations").set_value(2000).run()
        button(page, "Run").click().run()
    assert "place 1 in the queue" in second.get("progress")[0].proto.text
    button(first, "Stop").click().run()
    finish(first)
    assert "The run ended early" in texts(first)
    button(second, "Stop").click().run()
    finish(second)


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_the_page_lives(app):
    page = app()
    page.segmented_control[0].set_value("amp").run()
    page.number_input(key="bench-iterations").set_value(200).run()
    button(page, "Run").click().run()
    state = page.session_state[STATE]
    end = time.monotonic() + PATIENCE
    while not state.status.done:
        assert time.monotonic() < end
        time.sleep(0.1)
        page.run()
    (worker,) = (p for p in psutil.Process().children() if "pcdet_sched.sweep.worker" in p.cmdline())
    worker.kill()
    finish(page)
    assert not page.exception
    assert sorted(trial.attempts for trial in state.status.result.measured) == [1, 2]
    assert not button(page, "Run").disabled
