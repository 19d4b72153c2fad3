"""What a file holds shows on the page as it is written: no HTML, no Markdown, no link, no script."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.serving import page_names, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

IMAGE = "<img src=x onerror=alert(1)>"
LINK = "[a](javascript:alert(2))"
STYLE = "</style><script>alert(3)</script>"
MARKDOWN = ":red[**bold**] $x^2$"
TEXTS = (IMAGE, LINK, STYLE, MARKDOWN)

YAML = f"""\
OPTIMIZATION:
    BATCH_SIZE_PER_GPU: 4
    NUM_EPOCHS: 80
    OPTIMIZER: {IMAGE!r}
    LR: {LINK!r}
    WEIGHT_DECAY: {STYLE!r}
    MOMENTUM: {MARKDOWN!r}
    {IMAGE!r}: 1
    {LINK!r}: {IMAGE!r}
    {STYLE!r}: 2
    {MARKDOWN!r}: 3
    {IMAGE!r}: 4
"""


def upload(page: Page, text: str, name: str = "mine.yaml") -> None:
    """Give the page a YAML file and wait until it is drawn."""
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/yaml", "buffer": text.encode()}
    )
    page.get_by_text("adam_onecycle never reads").first.wait_for(state="detached", timeout=30_000)
    settle(page)


def interpreted(page: Page) -> list[str]:
    """Elements that only a text taken for HTML or Markdown can have made."""
    found: list[str] = page.evaluate(
        """() => [
            ...document.querySelectorAll('img[onerror], img[src=x], a[href^="javascript"], .katex, .stMain script'),
            ...[...document.querySelectorAll('strong, span, b')].filter(e => e.textContent === 'bold'),
        ].map(e => e.outerHTML)
        """
    )
    return found


def test_a_hostile_file_shows_as_it_is_written(visit: Callable[..., Page]) -> None:
    page = visit()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    upload(page, YAML, f"{IMAGE}.yaml".replace("/", "_"))
    seen = page.locator("[data-testid=stMain]").inner_text()
    assert all(text in seen for text in TEXTS), seen
    assert interpreted(page) == []
    for part in ("Findings", "Data", "Export", "Changes"):
        page.get_by_role("radio", name=part, exact=True).click()
        settle(page)
        assert interpreted(page) == [], part
    for name in page_names()[1:]:
        page.get_by_role("link", name=name).first.click()
        settle(page)
        assert interpreted(page) == [], name
    assert dialogs == []


def test_what_is_looked_for_would_be_seen(visit: Callable[..., Page]) -> None:
    page = visit("Reference")
    page.evaluate("t => document.querySelector('[data-testid=stMain]').insertAdjacentHTML('beforeend', t)", IMAGE)
    assert interpreted(page)
