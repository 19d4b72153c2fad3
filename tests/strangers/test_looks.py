"""Every page fits a desktop, a tablet and a telephone, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.looks import faults
from tests.support.serving import address, page_names, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.serving import Server

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize("name", page_names())
def test_every_page_fits_its_window(server: Server, browser: Browser, name: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address(server, name))
        for width in (1440, 1024, 400):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            assert faults(page) == [], width
            main = page.locator("[data-testid=stMain]")
            assert main.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{width}: it scrolls sideways"


@pytest.mark.parametrize("name", page_names())
def test_every_page_fits_a_telephone_under_a_finger(server: Server, browser: Browser, name: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 860}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(address(server, name))
        settle(page)
        assert faults(page) == []


@pytest.mark.parametrize("name", page_names())
def test_no_heading_is_larger_than_the_title(server: Server, browser: Browser, name: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address(server, name))
        settle(page)
        title, *others = page.locator("[data-testid=stMain] :is(h1, h2, h3)").evaluate_all(
            "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert all(size < title for size in others)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<p style='width: 2000px'>wide</p>", "reaches from"),
        ("<p style='width: 50px; overflow: hidden; white-space: nowrap'>cut off by its box</p>", "is cut off"),
        ("<input style='width: 60px' value='0.00000012345'>", "holds"),
        ("<button>under</button><p style='position: absolute; inset: 0; background: red'>over</p>", "lies under"),
    ],
)
def test_what_does_not_fit_is_seen(browser: Browser, body: str, says: str) -> None:
    with browser.new_context(viewport={"width": 400, "height": 300}) as context:
        page = context.new_page()
        page.set_content("<p>fits</p><button>Yes</button><input value='0.003'>")
        assert faults(page) == []
        page.set_content(body)
        assert any(says in fault for fault in faults(page)), faults(page)
