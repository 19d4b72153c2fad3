"""From a question to its state on Tune, as a visitor gets there: by a click, in a tab of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pcdet_sched.questions import QUESTIONS
from tests.support.serving import START_SECONDS, address, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.serving import Server

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize("name", ["fewer-gpus", "lr-after-resume", "step-takes-2-arguments", "decay-step-list"])
def test_a_click_on_a_question_opens_a_tab_that_shows_what_it_says(server: Server, browser: Browser, name: str) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 1000}) as context:
        page = context.new_page()
        page.goto(address(server, "Questions"))
        settle(page)
        with context.expect_page() as tab:
            page.locator(f"#{name}").get_by_role("link", name="Open it on Tune").click()
        opened = tab.value
        for text in QUESTIONS[name].sees:
            opened.get_by_text(text).first.wait_for(timeout=START_SECONDS * 1000)
        assert "?s=" in opened.url
        assert page.url.endswith("Questions")
