"""What one visitor does stays with that visitor: not in another session, a log, a folder or another's network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.serving import ROOT, Server, address, page_names, serve, settle
from tests.support.sockets import Session

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SECRET_NAME, SECRET_KEY = "project_nightingale", "LIDAR_OF_TOMORROW"
MINE = f"OPTIMIZATION:\n    OPTIMIZER: adam_onecycle\n    LR: 0.0123456\n    {SECRET_KEY}: 1\n"
BROKEN = f"OPTIMIZATION: [{SECRET_KEY}\n"


def upload(page: Page, text: str, name: str) -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/yaml", "buffer": text.encode()}
    )


def read_by_upload(page: Page) -> None:
    """Upload a good file and a broken one."""
    upload(page, MINE, f"{SECRET_NAME}.yaml")
    page.get_by_text(SECRET_KEY).first.wait_for(timeout=30_000)
    settle(page)
    upload(page, BROKEN, f"{SECRET_NAME}.yaml")
    page.get_by_text("could not be read").first.wait_for(timeout=30_000)
    settle(page)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, Path]]]:
    """A server with a home and a checkout of its own, and the folders to watch."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("home", "checkout", "temp", "logs")}
    for name in ("app.py", "pages", ".streamlit", "pcdet_sched"):
        source, target = ROOT / name, folders["checkout"] / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    variables = {
        "HOME": str(folders["home"]),
        "TMPDIR": str(folders["temp"]),
        "PYTHONPATH": str(folders["checkout"]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with serve(folders["logs"], script=folders["checkout"] / "app.py", environment=variables) as server:
        yield server, folders


def files(*folders: Path) -> set[str]:
    return {str(path) for top in folders for path in top.rglob("*")}


def test_another_visitor_sees_nothing_of_an_upload(
    watched: tuple[Server, dict[str, Path]], browser: Browser, visitor: BrowserContext
) -> None:
    """Nor does the log or a folder; all in one visit, because it costs seconds."""
    server, folders = watched
    before = files(folders["home"], folders["checkout"])
    page = visitor.new_page()
    page.goto(server.url)
    settle(page)
    read_by_upload(page)
    page.get_by_role("radio", name="Export", exact=True).click()
    settle(page)
    with page.expect_download():
        page.get_by_role("button", name="Download YAML").click()

    with browser.new_context() as other:
        seen = other.new_page()
        for name in page_names():
            seen.goto(address(server, name))
            settle(seen)
            text = seen.locator("body").inner_text()
            assert SECRET_KEY not in text
            assert SECRET_NAME not in text

    assert SECRET_NAME not in server.text
    assert SECRET_KEY not in server.text
    assert "0.0123456" not in server.text
    assert files(folders["home"], folders["checkout"]) == before


def test_what_the_browser_asks_is_watched(
    visit: Callable[..., Page], asked: list[str], others: Callable[[], list[str]]
) -> None:
    """Each test of this folder fails at its end if a page has asked another address; this one sees the watch work."""
    page = visit("Reference")
    assert {urlsplit(url).scheme for url in asked} >= {"http", "ws"}
    assert others() == []
    page.route("**/elsewhere", lambda route: route.abort())
    page.evaluate("fetch('http://elsewhere.invalid/elsewhere').catch(() => 0)")
    assert len(others()) == 1
    asked.clear()


def test_an_upload_without_the_servers_token_is_refused(visit: Callable[..., Page], server: Server) -> None:
    """XSRF: another site can send a browser's cookies along, but cannot read the token that must go with them."""
    page = visit()
    sent: list[tuple[str, dict[str, str]]] = []
    page.on("request", lambda r: sent.append((r.url, r.headers)) if "upload_file" in r.url else None)
    with page.expect_response(lambda r: "upload_file" in r.url and r.request.method == "PUT") as good:
        upload(page, MINE, "mine.yaml")
    assert good.value.ok
    url, headers = sent[-1]
    assert headers["x-xsrftoken"]
    bare = page.request.put(url, multipart={"file": {"name": "x.yaml", "mimeType": "text/yaml", "buffer": b"a: 1"}})
    assert bare.status == 403


def test_telemetry_is_off_in_what_the_page_is_told(server: Server) -> None:
    """The server tells each page whether to report what is done on it."""
    with Session(server) as session:
        session.open()
        assert session.gathers_usage_stats is False


BROKEN_PAGE = """
import streamlit as st
from pcdet_sched.ui.parts.guard import guarded

st.html("<p>What came before stays.</p>")

@st.fragment
@guarded()
def part():
    if st.button("Fail here"):
        raise LookupError("secret of the fragment")

@guarded()
def called():
    raise KeyError("secret of the callback")

part()
st.button("Fail in a callback", on_click=called)
if st.button("Fail on the page"):
    raise ValueError("secret of the page")
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app itself, with a Tune page that fails where it is told to."""
    folder = tmp_path_factory.mktemp("broken")
    for name in ("pages", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "app.py", folder)
    (folder / "pages" / "1_Tune.py").write_text(BROKEN_PAGE)
    with serve(folder, script=folder / "app.py") as server:
        yield server


@pytest.mark.parametrize("place", ["here", "in a callback", "on the page"])
def test_a_visitor_sees_a_reference_and_the_log_the_traceback(
    broken: Server, visitor: BrowserContext, place: str
) -> None:
    page = visitor.new_page()
    page.goto(broken.url)
    page.get_by_role("button", name=f"Fail {place}").click()
    page.get_by_text("Something went wrong").first.wait_for(timeout=30_000)
    settle(page)
    text = page.locator("body").inner_text()
    reference = re.search(r"the reference ([0-9a-f]{8})\.", text)
    assert reference, text
    assert "secret" not in page.content()
    assert "Traceback" not in page.content()
    assert "What came before stays." in text
    said = broken.text.partition(reference[1])[2]
    assert "Traceback" in said
    assert "secret of the" in said
