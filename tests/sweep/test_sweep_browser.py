"""The Sweep page in a real browser, on a real server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120_000


@pytest.fixture
def page(browser, url):
    """The Sweep page of the app."""
    opened = browser.new_page(viewport={"width": 1400, "height": 1500})
    opened.set_default_timeout(PATIENCE)
    opened.goto(url)
    opened.get_by_role("link", name="Sweep").click()
    opened.get_by_role("textbox", name="As text").wait_for()
    yield opened
    opened.close()


def test_a_sweep_is_run_and_the_best_row_is_one_click_from_tune(page) -> None:
    axes = page.get_by_role("textbox", name="As text")
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
    page.mouse.move(box["x"] + 45, box["y"] + 35 + 17)  # the first row, under the head
    time.sleep(1)  # a link is one once the pointer is over it
    with page.expect_popup() as popup:
        page.mouse.click(box["x"] + 45, box["y"] + 35 + 17)
    tune = popup.value
    tune.get_by_role("spinbutton", name="LR", exact=True).wait_for(timeout=PATIENCE)
    assert float(tune.get_by_role("spinbutton", name="LR", exact=True).input_value()) == 0.02
