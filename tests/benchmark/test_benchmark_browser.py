"""The Benchmark page in a real browser, on a real server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.serving import serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
_READ = "() => Array.from(document.querySelector('.js-plotly-plot').data).map(t => [t.name, t.meta, t.x, t.y])"


@pytest.fixture
def server(tmp_path):
    """The app on a server of its own."""
    with serve(tmp_path) as running:
        yield running


def until(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def page(browser, server) -> Page:
    opened = browser.new_page(viewport={"width": 1400, "height": 1300})
    opened.set_default_timeout(PATIENCE * 1000)
    opened.goto(server.url)
    opened.get_by_role("link", name="Benchmark").click()
    opened.get_by_label("Iterations", exact=True).wait_for()
    return opened


def iterations(page, count):
    field = page.get_by_label("Iterations")
    field.fill(str(count))
    field.press("Enter")


def workers(process):
    """The worker processes of a server that run."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            parent, command = (folder / "stat").read_text(), (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        state, ppid = parent.rpartition(")")[2].split()[:2]
        if int(ppid) == process.pid and state != "Z" and b"pcdet_sched.sweep.worker" in command:
            found.append(int(folder.name))
    return found


def test_a_preset_runs_to_its_end_and_its_curves_are_the_readings(page):
    page.get_by_text("Loss scale 32 / 512 / 65536 / 2²⁴").click()
    iterations(page, 40)
    page.get_by_test_id("stBaseButton-primary").click()
    page.get_by_text("iterations, about").wait_for()
    page.get_by_role("button", name="JSON").wait_for()
    traces = {(name, meta): (x, y) for name, meta, x, y in page.evaluate(_READ)}
    names = [f"loss scale {scale}" for scale in ("32", "512", "65,536", "16,777,216")]
    for name in names:
        x, y = traces[name, "loss"]
        assert x == list(range(40))
        assert all(value > 0 for value in y if value is not None)
    assert set(traces["loss scale 32", "loss_scale"][1]) == {32}
    burst = traces["loss scale 16,777,216", "loss_scale"][1]
    assert burst[:2] == [2**24, 2**23]
    assert burst[10] == 2**24  # the second of four epochs begins with a new scaler
    assert traces["loss scale 16,777,216", "skipped"][0][:2] == [0, 1]
    assert traces["loss scale 32", "skipped"][0] == []
    assert page.get_by_text("because each begins with a new scaler").count()


def test_stop_keeps_the_curves_and_a_closed_tab_ends_its_worker(page, server):
    iterations(page, 2000)
    page.get_by_test_id("stBaseButton-primary").click()
    page.get_by_text("iterations, about").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("The run ended early.").wait_for()
    page.get_by_role("button", name="JSON").wait_for()  # below the curves
    (x, *_) = [x for name, meta, x, y in page.evaluate(_READ) if meta == "loss"]
    assert 0 < len(x) < 2000
    until(lambda: not workers(server.process))

    page.get_by_test_id("stBaseButton-primary").click()
    until(lambda: workers(server.process))
    page.close()
    until(lambda: not workers(server.process))
