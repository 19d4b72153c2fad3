"""One server for all of these tests, and what a visitor's browser does with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from scripts.serving import Server, address, page_names, serve, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, served as `streamlit run app.py` does, with nobody else on it."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with no history."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def visit(server: Server, visitor: BrowserContext) -> Callable[..., Page]:
    """Open a page by its name and wait until it is drawn."""

    def opened(name: str = page_names()[0]) -> Page:
        page = visitor.new_page()
        page.goto(address(server, name))
        settle(page)
        return page

    return opened
