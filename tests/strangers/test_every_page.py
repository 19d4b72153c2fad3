"""Every page fits a desktop, a tablet and a telephone under a finger; axe finds no serious fault, light and dark.

One visit sees to all of it: opening a page is what takes the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.axe import serious
from tests.support.looks import faults
from tests.support.serving import page_names, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize("name", page_names())
def test_a_page_fits_its_window_and_axe_finds_nothing_serious(visit: Callable[..., Page], name: str) -> None:
    page = visit(name)
    assert serious(page) == []
    title, *others = page.locator("[data-testid=stMain] :is(h1, h2, h3)").evaluate_all(
        "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert all(size < title for size in others), "a heading is larger than the title"
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert serious(page) == []
    for width in (1440, 1024, 400):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        assert faults(page) == [], width
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{width}: it scrolls sideways"
    page.context.new_cdp_session(page).send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.set_viewport_size({"width": 390, "height": 860})
    settle(page)
    assert page.evaluate("matchMedia('(hover: none)').matches"), "no finger"
    assert faults(page) == []
