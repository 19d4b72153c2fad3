"""The Sweep page in a real browser, on a real server."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120_000


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def page(browser, free_port, wait_until):
    """The Sweep page of the app on a port of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(free_port), "--server.headless=true"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{free_port}/_stcore/health"))
        opened = browser.new_page(viewport={"width": 1400, "height": 1500})
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"http://127.0.0.1:{free_port}")
        opened.get_by_role("link", name="Sweep").click()
        opened.get_by_role("textbox", name="Axes").wait_for()
        yield opened
        opened.close()
    finally:
        process.terminate()
        process.wait(30)


def test_a_sweep_is_run_and_the_best_row_is_one_click_from_tune(page) -> None:
    axes = page.get_by_role("textbox", name="Axes")
    axes.fill("LR=0.02,0.000001")
    axes.press("Control+Enter")
    page.get_by_text("2 runs of at most").wait_for()
    iterations = page.get_by_role("spinbutton", name="Iterations of each run")
    iterations.fill("12")
    iterations.press("Enter")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("The best 2").wait_for()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    time.sleep(1)  # the table is drawn on a canvas: nothing says when that is done
    box = table.bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + 35 + 17)  # the first row, under the head
    page.get_by_role("spinbutton", name="LR", exact=True).wait_for()
    assert float(page.get_by_role("spinbutton", name="LR", exact=True).input_value()) == 0.02
    assert page.get_by_text("1 changed:").count() == 1
