"""What a visitor's browser does on the server of a test's file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.serving import Server, address, page_names, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture
def asked() -> list[str]:
    """Every address that the visitor's browser asks, by request or websocket."""
    return []


@pytest.fixture
def others(asked: list[str]) -> Callable[[], list[str]]:
    """Those of them that are not the server's."""
    return lambda: [
        url for url in asked if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != "127.0.0.1"
    ]


@pytest.fixture
def visitor(browser: Browser, asked: list[str], others: Callable[[], list[str]]) -> Iterator[BrowserContext]:
    """A browser with no history; no page of ours may make it ask another address."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.on("request", lambda request: asked.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked.append(socket.url)))
    yield context
    context.close()
    assert others() == []


@pytest.fixture
def visit(server: Server, visitor: BrowserContext) -> Callable[..., Page]:
    """Open a page by its name and wait until it is drawn."""

    def opened(name: str = page_names()[0]) -> Page:
        page = visitor.new_page()
        page.goto(address(server, name))
        settle(page)
        return page

    return opened
