"""What a person does, in a real browser: pin, compare, reload, hand on the address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as NotInTime
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
DRAWN = ".js-plotly-plot .scatterlayer path.js-line"
NAMES = """() => {
  const chart = document.querySelector(".js-plotly-plot");
  if (!chart || !chart._fullData) return null;
  return chart._fullData.filter((t, i) => i % 2 === 0).map(t => t.name.split(" = ")[0]);
}"""
PEAK = """() => {
  const chart = document.querySelector(".js-plotly-plot");
  return chart && chart._fullData ? Math.max(...chart._fullData[0].y) : null
}"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(browser, url):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    page.wait_for_selector(DRAWN)
    yield page
    context.close()


def wait_for(page, script: str, expected: object) -> None:
    """Until the page's script gives what is expected; then it is asserted, so that a failure shows both."""
    for _ in range(300):
        if page.evaluate(script) == expected:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(script) == expected


def set_lr(page, text: str) -> None:
    field = page.get_by_label("LR", exact=True)
    field.fill(text)
    field.press("Enter")
    wait_for(page, PEAK, float(text))


def go_to_tune(page) -> None:
    """Click the link until it is followed: on a busy machine a click while the page is drawn gets lost."""
    for _ in range(5):
        page.get_by_role("link", name="Tune").click()
        try:
            page.wait_for_url(lambda url: "/Compare" not in url, timeout=5_000)
        except NotInTime:
            continue
        return
    pytest.fail(f"the link to Tune was never followed: {page.url}")


def test_pins_and_edits_outlive_pages_reloads_and_travel_by_address(page, url, browser) -> None:
    assert "s=" not in page.url, "an untouched page has a clean address"
    set_lr(page, "0.01")
    page.get_by_role("button", name=re.compile("Pin for Compare")).click()
    page.get_by_label("Name of the curve").fill("high")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_text("Pinned. It is on the Compare page.").wait_for()
    page.keyboard.press("Escape")
    set_lr(page, "0.002")
    page.get_by_role("link", name="Compare").click()
    wait_for(page, NAMES, ["on Tune now", "high"])
    page.wait_for_url(re.compile(r"[?&]s=2\."))

    page.reload()
    wait_for(page, NAMES, ["on Tune now", "high"])
    address = page.url

    colleague = browser.new_context().new_page()
    colleague.goto(address)
    wait_for(colleague, NAMES, ["on Tune now", "high"])
    go_to_tune(colleague)
    wait_for(colleague, PEAK, 0.002)
    expect(colleague.get_by_label("LR", exact=True)).to_have_value("0.002", timeout=30_000)
    colleague.context.close()


def test_a_damaged_address_gives_a_sentence_and_the_default_page(page, url) -> None:
    page.goto(f"{url}/?s=1.broken")
    page.get_by_text("The link could not be opened.").wait_for()
    page.wait_for_selector(DRAWN)
    expect(page.get_by_label("LR", exact=True)).to_have_value("0.003", timeout=30_000)
