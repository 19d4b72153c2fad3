"""What does not fit its window is seen; that every page fits its own is in test_every_page.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.looks import faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser]


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
