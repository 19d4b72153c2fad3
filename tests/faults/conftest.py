"""Visitors of a server that tests may harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.serving import settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Open an address in a browser with no history and wait until it is drawn."""
    contexts = []

    def opened(url: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 1000}))
        page = contexts[-1].new_page()
        page.goto(url)
        settle(page)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def set_lr() -> Callable[[Page, str], None]:
    """Type a value into LR and wait until the curves show it."""

    def edit(page: Page, value: str) -> None:
        page.get_by_label("LR", exact=True).fill(value)
        page.keyboard.press("Enter")
        shows_peak(page, float(value))

    return edit


def shows_peak(page: Page, lr: float) -> None:
    """Wait until the highest lr of the curve is `lr`."""
    page.wait_for_function(
        """lr => { const y = document.querySelector('.js-plotly-plot')?._fullData?.[0]?.y;
                   return y && Math.abs(Math.max(...y) - lr) < 1e-9; }""",
        arg=lr,
        timeout=60_000,
    )


@pytest.fixture
def peak_is() -> Callable[[Page, float], None]:
    """Wait until the highest lr of the curve is this."""
    return shows_peak
