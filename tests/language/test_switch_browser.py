"""The language of the pages in a browser: its own one at first, then that of the switch, which stays and goes along."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.serving import Server, serve, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SWITCH = ".st-key-language input"
CHINESE, ENGLISH = "中文 (简体)", "English"
TAGS = {CHINESE: "zh-Hans", ENGLISH: "en"}
# Words of what runs by itself on Tune: the lead, the sidebar, the chart, the toolbar, the parts below, the fields.
WORDS = {
    CHINESE: ("先看清", "运行计划", "预热", "下载 YAML", "检查结果", "精度与裁剪"),
    ENGLISH: ("before you spend", "Run plan", "warm-up", "Download YAML", "Findings", "Precision and clipping"),
}


@contextmanager
def _visit(browser: Browser, url: str, locale: str) -> Iterator[Page]:
    """A page of a visitor who was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 1400}, locale=locale)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    yield page
    context.close()


def _speaks(page: Page, language: str) -> None:
    """Wait for Tune in this language, and in no other."""
    expect(page.locator(SWITCH)).to_have_value(language, timeout=60_000)
    expect(page.locator(".st-key-inspector")).to_contain_text(WORDS[language][-1], timeout=60_000)
    settle(page)
    assert page.evaluate("document.documentElement.lang") == TAGS[language], "what a screen reader goes by"
    text = page.locator("[data-testid=stApp]").inner_text()
    found = {each: [word for word in words if word in text] for each, words in WORDS.items()}
    assert found == {CHINESE: [], ENGLISH: [], language: [*WORDS[language]]}


def _choose(page: Page, language: str) -> None:
    page.locator(SWITCH).click()
    page.get_by_role("option", name=language).click()


def test_a_page_speaks_as_the_browser_until_the_switch_says_otherwise_and_the_choice_goes_along(
    server: Server, browser: Browser
) -> None:
    with _visit(browser, server.url, "zh-CN") as page:
        _speaks(page, CHINESE)
        assert "lang=" not in page.url, "nothing was chosen yet"
        _choose(page, ENGLISH)
        _speaks(page, ENGLISH)
    with _visit(browser, server.url, "en-US") as page:
        _speaks(page, ENGLISH)
        _choose(page, CHINESE)
        _speaks(page, CHINESE)

        page.get_by_label("LR", exact=True).fill("0.004")  # what an edit draws, and the link that it makes
        page.keyboard.press("Enter")
        page.get_by_text("达到峰值 0.004").wait_for()
        page.get_by_role("link", name="Questions").or_(page.get_by_role("link", name="常见问题")).click()
        page.get_by_role("heading", name="常见问题", level=1).wait_for()
        expect(page.locator(SWITCH)).to_have_value(CHINESE)
        page.get_by_role("link", name="Tune").first.click()
        page.get_by_text("达到峰值 0.004").wait_for()
        _speaks(page, CHINESE)

        page.reload()
        page.get_by_text("达到峰值 0.004").wait_for()
        _speaks(page, CHINESE)
        link = page.url
    with _visit(browser, link, "en-US") as page:
        page.get_by_text("达到峰值 0.004").wait_for()
        _speaks(page, CHINESE)


def test_a_link_to_another_page_speaks_its_language_on_a_server_that_was_just_started(
    tmp_path: Path, browser: Browser
) -> None:
    with serve(tmp_path) as fresh, _visit(browser, f"{fresh.url}Reference?lang=zh_Hans", "en-US") as page:
        expect(page.locator("h1")).to_contain_text("参考", timeout=60_000)
        settle(page)
        assert page.url == f"{fresh.url}Reference?lang=zh_Hans"
        assert page.evaluate("document.documentElement.lang") == "zh-Hans"
