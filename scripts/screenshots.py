"""Screenshots of every page, three widths, light and dark, for docs/img; fails where a page does not fit its window."""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.looks import faults
from tests.support.serving import ROOT, Server, address, chromium, page_names, serve, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "img"
SIZES = {1440: 1000, 1024: 900, 400: 860}
SCHEMES = ("light", "dark")
HIGHEST = 2400
README = "tune.png"


def main() -> int:
    """Take them all; the exit status is 1 where something does not fit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=FOLDER)
    options.add_argument("--page", choices=page_names(), action="append", help="only this page")
    chosen = options.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, serve(Path(scratch)) as server, chromium() as browser:
        wrong = list(pictures(server, browser, chosen.folder, chosen.page or page_names()))
    print("\n".join(wrong) or "Every page fits its window.")
    return bool(wrong)


def pictures(server: Server, browser: Browser, folder: Path, names: list[str]) -> Iterator[str]:
    """Write the pictures; what does not fit, one sentence each."""
    for scheme in SCHEMES:
        for width, height in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            for name in names:
                page = context.new_page()
                page.goto(address(server, name))
                settle(page)
                yield from (f"{name} at {width}, {scheme}: {fault}" for fault in faults(page))
                if width == min(SIZES):
                    whole(page)
                file = folder / f"{name.lower()}-{width}-{scheme}.png"
                file.write_bytes(small(page.screenshot()))
                if name == page_names()[0] and (width, scheme) == (1440, "light"):
                    (folder / README).write_bytes(file.read_bytes())
                page.close()
            context.close()


def small(png: bytes) -> bytes:
    """The same picture with 256 colours, which are enough for text and lines and take half of the room."""
    from PIL import Image

    image = (
        Image.open(io.BytesIO(png))
        .convert("RGB")
        .quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def whole(page: Page) -> None:
    """Make the window as high as the page, so that the picture of a telephone shows more than its first part."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": min(SIZES), "height": min(height, HIGHEST)})
    settle(page)


if __name__ == "__main__":
    sys.exit(main())
