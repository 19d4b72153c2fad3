"""The first minute of somebody who knows nothing of the app but what stands on the screen: how many actions it takes.

A click, a text typed, a key pressed, a file chosen and a scroll are an action each; reading is none. Only what is seen
may be used: a control that is hidden or outside of the window has to be scrolled to, and the answer has to be in view.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.samples import POINTPILLAR
from tests.support.serving import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.support.serving import Server

pytestmark = [pytest.mark.slow, pytest.mark.browser]


class Stranger:
    """Somebody at a browser. `done` says what was done, one entry per action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done: list[str] = []

    def click(self, name: str, role: str = "button") -> None:
        self._in_view(self.page.get_by_role(role, name=name).filter(visible=True).first).click()
        self._did(f"click {name}")

    def type(self, label: str, text: str) -> None:
        self._in_view(self.page.get_by_label(label, exact=True)).fill(text)
        self._did(f"type {text} into {label}")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self._did(f"press {key}")

    def choose(self, button: str, file: Path) -> None:
        """Click a button that opens the browser's file dialogue, and choose a file there."""
        with self.page.expect_file_chooser() as dialogue:
            self.click(button)
        dialogue.value.set_files(file)
        self._did(f"choose {file.name}")

    def download(self, button: str) -> str:
        with self.page.expect_download() as saved:
            self.click(button)
        return saved.value.path().read_text(encoding="utf-8")

    def reads(self, text: str) -> None:
        """The text must be there and in the window; a scroll counts."""
        self._in_view(self.page.get_by_text(text).filter(visible=True).first)

    def _in_view(self, target: Locator) -> Locator:
        target.wait_for(state="visible", timeout=30_000)
        box, window = target.bounding_box(), self.page.viewport_size
        assert box is not None
        assert window is not None
        if box["y"] < 0 or box["y"] + min(box["height"], 20) > window["height"]:
            target.scroll_into_view_if_needed()
            self.done.append("scroll")
        return target

    def _did(self, what: str) -> None:
        self.done.append(what)
        settle(self.page)


@pytest.fixture
def stranger(server: Server, visitor: BrowserContext) -> Iterator[Stranger]:
    page = visitor.new_page()
    page.goto(server.url)
    settle(page)
    yield Stranger(page)
    page.close()


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[str, str], Path]:
    """A file of the visitor's own: a shipped block with one line replaced."""

    def written(line: str, by: str) -> Path:
        assert line in POINTPILLAR
        file = tmp_path / "mine.yaml"
        file.write_text(POINTPILLAR.replace(line, by), encoding="utf-8")
        return file

    return written


def test_the_curve_of_ones_own_file_takes_three_actions(stranger: Stranger, mine: Callable[[str, str], Path]) -> None:
    stranger.choose("Upload", mine("LR: 0.003", "LR: 0.0077"))
    stranger.reads("lr at peak")
    stranger.page.wait_for_function(
        "() => Math.max(...document.querySelector('.js-plotly-plot')?._fullData?.[0]?.y ?? [0]) === 0.0077"
    )
    stranger.reads("0.0077")
    assert len(stranger.done) <= 3, stranger.done


def test_why_a_config_stops_takes_three_actions(stranger: Stranger, mine: Callable[[str, str], Path]) -> None:
    stranger.choose("Upload", mine("WEIGHT_DECAY: 0.01", "WEIGHT_DECAY: 1e-2"))
    stranger.reads("Stops at iteration 0")
    stranger.reads("is a string to the trainer's YAML reader")
    assert len(stranger.done) <= 3, stranger.done


def test_lr_for_2_gpus_instead_of_8_takes_five_actions(stranger: Stranger) -> None:
    stranger.click("What if", "radio")
    stranger.click("What if I have other GPUs?", "radio")
    stranger.type("Now GPUs", "2")
    stranger.press("Enter")
    stranger.reads("0.00075")
    stranger.reads("0.0015")
    assert len(stranger.done) <= 5, stranger.done


def test_which_clip_value_cuts_what_takes_four_actions(stranger: Stranger) -> None:
    stranger.click("Benchmark", "link")
    stranger.click("Clip sweep", "radio")
    stranger.click("Run")
    table = stranger.page.locator("table").filter(has_text="clip 35").first
    table.wait_for(timeout=120_000)
    found = table.locator("tbody tr").all()
    rows = {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in found}
    assert set(rows) >= {"clip 1", "clip 10", "clip 35", "no clip"}
    assert any("%" in cell for cell in rows["clip 1"])
    assert len(stranger.done) <= 4, stranger.done


def test_a_file_with_a_change_taken_home_takes_four_actions(stranger: Stranger) -> None:
    stranger.type("LR", "0.006")
    stranger.press("Enter")
    text = stranger.download("Download YAML")
    assert "LR: 0.006\n" in text
    assert "NUM_EPOCHS: 80" in text
    assert len(stranger.done) <= 4, stranger.done
