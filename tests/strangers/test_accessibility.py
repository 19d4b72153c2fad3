"""Tune is used without a mouse; axe finds no serious fault where something is wrong, and sees one where there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.axe import serious
from tests.support.serving import IDLE, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_axe_finds_nothing_serious_where_something_is_wrong(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_label("PCT_START", exact=True).fill("0")
    page.keyboard.press("Enter")
    page.locator(".ps-bad").first.wait_for()
    settle(page)
    page.get_by_role("radio", name="Findings").click()
    settle(page)
    assert serious(page) == []


def test_axe_sees_a_fault(visit: Callable[..., Page]) -> None:
    page = visit("Reference")
    page.evaluate("document.querySelector('[data-testid=stMain]').append(document.createElement('button'))")
    assert any("button-name" in fault for fault in serious(page))


def focused(page: Page) -> str:
    """What has the focus, by its name for a screen reader."""
    name: str = page.evaluate(
        "(e => e === document.body ? '' : (e.getAttribute('aria-label') || e.innerText || '').trim())"
        "(document.activeElement)"
    )
    return name


def tab_to(page: Page, name: str, presses: int = 150) -> None:
    """Press Tab until `name` has the focus."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if focused(page).splitlines()[-1:] == [name]:  # an icon's name stands before a button's
            return
    pytest.fail(f"{presses} presses of Tab never reach {name}")


def peak(page: Page) -> float:
    page.wait_for_function("document.querySelector('.js-plotly-plot')?._fullData?.[0]?.y?.length > 1")
    highest: float = page.evaluate("Math.max(...document.querySelector('.js-plotly-plot')._fullData[0].y)")
    return highest


def test_lr_is_edited_and_the_file_taken_home_by_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit()
    before = peak(page)
    tab_to(page, "LR")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("0.006")
    page.keyboard.press("Enter")
    page.wait_for_selector(IDLE)
    page.wait_for_function(
        "before => Math.max(...document.querySelector('.js-plotly-plot')?._fullData?.[0]?.y ?? [0]) > 1.9 * before",
        arg=before,
    )
    assert peak(page) == pytest.approx(0.006)
    tab_to(page, "Download YAML")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    text = saved.value.path().read_text(encoding="utf-8")
    assert "LR: 0.006" in text


def test_whoever_tabs_sees_where_they_are(visit: Callable[..., Page]) -> None:
    """Each of the first stops draws something around itself that it does not draw without the focus."""
    page = visit()
    looks = "s => s.outline + s.boxShadow + s.borderColor + s.color + s.background"
    parts = (
        f"e => [e, e.parentElement, e.parentElement?.parentElement].map(p => getComputedStyle(p)).map({looks}).join()"
    )
    for _ in range(12):
        page.keyboard.press("Tab")
        element = page.evaluate_handle("document.activeElement").as_element()
        page.wait_for_timeout(250)  # Streamlit fades its rings in and out
        name, on = focused(page), element.evaluate(parts)
        element.evaluate("e => e.blur()")
        page.wait_for_timeout(250)
        off = element.evaluate(parts)
        element.evaluate("e => e.focus()")
        assert on != off, name
