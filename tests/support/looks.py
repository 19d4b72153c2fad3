"""Whether a page fits its window: nothing too wide, nothing cut off, no control under another thing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_LOOK = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """One sentence for each thing that does not fit."""
    found: list[str] = page.evaluate(_LOOK.partition("\n")[2])
    return found
