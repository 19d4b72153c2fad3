"""A real browser on a real server, and the line between them breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.relay import Relay
from tests.support.serving import Server, ready, settle, start

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Visit = Callable[[str], "Page"]
Edit = Callable[["Page", str], None]
Peak = Callable[["Page", float], None]


def test_a_reload_in_the_middle_of_an_edit_leaves_a_page_that_works(
    server: Server, visit: Visit, set_lr: Edit, peak_is: Peak
) -> None:
    page = visit(server.url)
    page.get_by_label("LR", exact=True).fill("0.007")
    page.keyboard.press("Enter")
    page.reload()
    settle(page)
    assert page.locator("[data-testid=stException]").count() == 0
    set_lr(page, "0.004")


def test_two_tabs_of_one_user_do_not_meet(server: Server, visit: Visit, set_lr: Edit, peak_is: Peak) -> None:
    first = visit(server.url)
    second = first.context.new_page()
    second.goto(server.url)
    settle(second)
    set_lr(first, "0.005")
    set_lr(second, "0.008")
    first.get_by_label("NUM_EPOCHS", exact=True).fill("40")
    first.keyboard.press("Enter")
    first.get_by_text("928 per epoch × 40").wait_for()
    peak_is(first, 0.005)
    peak_is(second, 0.008)
    assert second.get_by_text("928 per epoch × 80").count() == 1


def test_a_page_comes_back_when_the_server_was_restarted(tmp_path: Path, visit: Visit, set_lr: Edit) -> None:
    server = ready(start(tmp_path))
    try:
        page = visit(server.url)
        set_lr(page, "0.005")
        server.stop()
        page.wait_for_selector(
            "[data-testid=stConnectionStatus], [data-testid=stApp]:not([data-test-connection-state=CONNECTED])"
        )
        server = ready(start(tmp_path, port=server.port))
        page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=60_000)
        settle(page)
        set_lr(page, "0.006")
    finally:
        server.stop()


def test_a_page_comes_back_after_ten_seconds_without_a_network(
    server: Server, visit: Visit, set_lr: Edit, peak_is: Peak
) -> None:
    """And with the session that it had."""
    with Relay(server.port) as relay:
        page = visit(f"http://127.0.0.1:{relay.port}/")
        set_lr(page, "0.005")
        relay.cut()
        page.wait_for_selector("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])", timeout=30_000)
        page.wait_for_timeout(10_000)
        relay.mend()
        page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=60_000)
        settle(page)
        peak_is(page, 0.005)
        set_lr(page, "0.006")


def test_a_line_that_breaks_while_an_edit_is_drawn_empties_no_field(server: Server, visit: Visit, set_lr: Edit) -> None:
    """An empty field takes its key out of the file. Now and then a break falls between the curves and the fields."""
    with Relay(server.port) as relay:
        page = visit(f"http://127.0.0.1:{relay.port}/")
        for lr in ("0.005", "0.006", "0.007", "0.008"):
            set_lr(page, lr)
            relay.cut()
            page.wait_for_selector("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])", timeout=30_000)
            relay.mend()
            page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=60_000)
            settle(page)
            fields = {name: page.get_by_label(name, exact=True).input_value() for name in ("LR", "NUM_EPOCHS", "MOMS")}
            assert fields == {"LR": lr, "NUM_EPOCHS": "80", "MOMS": "[0.95, 0.85]"}


def test_a_visitor_who_picks_a_file_of_100_MB_is_told_so(
    server: Server, visit: Visit, set_lr: Edit, tmp_path: Path
) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(100_000_000)
    page = visit(server.url)
    page.locator("input[type=file]").first.set_input_files(large)
    page.get_by_text("File must be 1.0MB or smaller").or_(page.get_by_text("must be 1MB or smaller")).wait_for()
    set_lr(page, "0.006")
