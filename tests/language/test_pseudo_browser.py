"""No sentence on the screen passes the catalogue by: in a made-up language that puts brackets around all it says, every
letter outside of brackets is a name, a key, code or Streamlit's own."""

from __future__ import annotations

import builtins
import json
import re
from typing import TYPE_CHECKING

import pytest
from babel.messages import Catalog
from babel.messages.pofile import write_po

from pcdet_sched.datasets import DATASETS
from pcdet_sched.examples import recorded
from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS
from pcdet_sched.language import FOLDERS
from pcdet_sched.trainer_records import TRAINERS
from pcdet_sched.ui.tune.what_if import QUESTIONS
from pcdet_sched.zoo import families
from scripts.messages import template
from tests.support.serving import Server, address, page_names, serve, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, FilePayload, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PSEUDO = "eo"
_LINES = "\n".join(f"LR: {k}.000e-03 Acc_iter {k}" for k in range(1, 9))  # of no run of the block on Tune
LOG: FilePayload = {"name": "train.log", "mimeType": "text/plain", "buffer": _LINES.encode()}
# Everything that is drawn or read out, in the order of the page; code is code in every language.
_TEXTS = """() => {
  const skipped = new Set(['SCRIPT', 'STYLE', 'CODE', 'PRE', 'TEXTAREA', 'NOSCRIPT']), found = [];
  const aside = '[data-testid=stIconMaterial], .ps-diff, [data-testid=stFileUploaderDropzone], canvas td';
  const walk = node => {
    if (node.nodeType === Node.TEXT_NODE) { found.push(node.textContent); return; }
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (skipped.has(node.tagName) || node.matches(aside)) return;
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext'])
        if (node.getAttribute(name)) found.push(' ' + node.getAttribute(name) + ' ');
      if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
      found.push(' ');
    }
    node.childNodes.forEach(walk);
  };
  walk(document.querySelector('[data-testid=stApp]'));
  return found;
}"""


# A value that goes into a sentence stands outside of its brackets: it may be English itself.
_VALUE = re.compile(r"\{\w+(![rs])?(:[^{}]*)?\}")


def _outside(value: re.Match[str]) -> str:
    return f"⟧{value[0]}⟦"


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with a language in which every sentence stands in brackets."""
    folder = tmp_path_factory.mktemp("pseudo")
    catalogue = Catalog(locale=PSEUDO)
    for message in template():
        if message.id:
            texts = message.id if isinstance(message.id, tuple) else (message.id,)
            bracketed = tuple(f"⟦{_VALUE.sub(_outside, text)}⟧" for text in texts)
            catalogue.add(message.id, bracketed if isinstance(message.id, tuple) else bracketed[0])
    file = folder / PSEUDO / "LC_MESSAGES" / "pcdet_sched.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_po(out, catalogue)
    with serve(folder, environment={FOLDERS: str(folder)}) as running:
        yield running


def _names() -> Iterator[str]:
    """What is called the same in every language."""
    yield from KEYS
    for trainer in TRAINERS:
        yield trainer.name
        yield from (one.name for one in trainer.optimizers)
        yield from trainer.own_keys
    for family, models in families().items():
        yield family
        yield from (entry.model for entry in models)
    yield from DATASETS
    yield from CODES
    yield from (name for name, value in vars(builtins).items() if isinstance(value, type))
    yield from ("clip", "pcdet_sched", "OpenPCDet", "English", "Esperanto", "中文", "TensorBoard", "PyTorch")
    yield from ("build_optimizer", "build_scheduler", "config", "train")  # stages of the trainer, by its functions
    yield from ("Lambda", "OneCycle", "Goyal et al. 2017", "Malladi et al. 2022")  # classes of torch, papers
    yield from (example["machine"] for example in json.loads(recorded("about.json")).values())
    yield from ("kitti_models/", "cpu", "heads.boxes.bias")
    yield from ("YAML", "CSV", "PNG", "SVG", "JSON", "HTML", "AMP", "GPUs", "GPU", "KITTI", "Markdown")


# Streamlit's own words, which it has in English alone.
_STREAMLIT = (
    "Clear value", "Open", "Selected", "Help for", "Increment value", "Decrement value", "Press Enter to apply",
    "Press Ctrl+Enter to apply", "Remove", "Main menu", "Deploy", "keyboard_double_arrow_left", "Close sidebar",
    "Open sidebar", "Fullscreen", "Search", "Download as CSV", "Show/hide columns", "Select all", "Clear all",
    "Choose options", "Choose an option", "Link to heading", "Stop", "Rerun", "open", "Show help", "Toggle sidebar",
    "App pages", "Sidebar", "Skip to main content", "Collapse sidebar", "Increment", "Decrement", "Add row:", "false",
    "Selected values", "Copy to clipboard",
)  # fmt: skip
_KNOWN = re.compile("|".join(sorted(map(re.escape, {*_names(), *_STREAMLIT}), key=len, reverse=True)))
_UNIT = re.compile(
    r"\b(?:lr(?:_2)?|e|ms|s|MB|MiB|k|M|fp16|fp32|bf16|nan|inf|True|False|on|off|master|classic|auto|yaml)\b"
)


def bare(texts: list[str]) -> list[str]:
    """What stands outside of all brackets and is no name: words of the screen that no catalogue has seen."""
    depth, outside = 0, []
    for char in "\n".join(texts):
        depth += {"⟦": 1, "⟧": -1}.get(char, 0)
        outside.append("\n" if char in "⟦⟧" else char if depth == 0 else "")
    words = _UNIT.sub("", _KNOWN.sub("", "".join(outside)))
    return sorted({line.strip() for line in words.splitlines() if re.search(r"[A-Za-z]{2,}", line)})


def seen(page: Page) -> list[str]:
    settle(page)
    texts: list[str] = page.evaluate(_TEXTS)
    assert "".join(texts).count("⟦") > 20, "the page speaks the made-up language"
    return bare(texts)


def _open_all(page: Page) -> None:
    """Open what is folded, once each: opening one may bring another."""
    for _ in range(20):
        folded = page.locator("[data-testid=stExpander] details:not([open]) > summary")
        if not folded.count():
            return
        folded.first.click()
        settle(page)


# The cells of a table are drawn on a canvas; what is read out of it stands beside them.
_CELLS = """() => [...document.querySelectorAll('[data-testid=stDataFrame] canvas')]
  .flatMap(one => [...one.querySelectorAll('td, th')]).map(cell => cell.textContent)"""


def cells(page: Page) -> list[str]:
    """What bypassed the catalogue in the cells of the tables on the page."""
    texts: list[str] = page.evaluate(_CELLS)
    return bare([f"\n{text}\n" for text in texts if not text.startswith("./?")])  # a link is data


def test_words_outside_of_brackets_are_found() -> None:
    assert bare(["⟦All ", "is well⟧", "LR", "not ⟦so⟧ here"]) == ["here", "not"]


@pytest.mark.parametrize("name", page_names())
def test_every_sentence_of_a_page_goes_through_the_catalogue(pseudo: Server, browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    page.goto(f"{address(pseudo, name)}?lang={PSEUDO}")
    settle(page)
    _open_all(page)
    assert seen(page) + cells(page) == []
    assert name not in ("Benchmark", "Sweep") or len(page.evaluate(_CELLS)) > 50, "the tables were read"
    page.close()


def test_every_answer_to_what_if_goes_through_the_catalogue(pseudo: Server, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    page.goto(f"{pseudo.url}?lang={PSEUDO}")
    settle(page)
    page.locator(".st-key-details [role=radio]").nth(2).click()
    settle(page)
    found = {"data": cells(page)}
    page.locator(".st-key-details [role=radio]").last.click()
    for place, name in enumerate(QUESTIONS):
        page.locator(".st-key-what-if button").nth(place).click()
        settle(page)
        if name == "log":
            page.locator(".st-key-log-file input[type=file]").set_input_files(LOG)
            page.locator(".st-key-log-curves").wait_for(state="attached")
        if name == "lr":
            page.locator(".st-key-lr-printed input").fill("0.00123")
            page.keyboard.press("Enter")
            settle(page)
        _open_all(page)
        found[name] = seen(page) + cells(page)
    assert {name: texts for name, texts in found.items() if texts} == {}
    page.close()


def test_every_part_below_the_curves_goes_through_the_catalogue(pseudo: Server, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 2400})
    page.goto(f"{pseudo.url}?lang={PSEUDO}")
    settle(page)
    page.get_by_label("PCT_START", exact=True).fill("0")  # a config that stops has most to say
    page.keyboard.press("Enter")
    page.locator(".ps-bad").first.wait_for()
    found = set()
    for part in range(page.locator(".st-key-details [role=radio]").count()):
        page.locator(".st-key-details [role=radio]").nth(part).click()
        found |= set(seen(page))
    assert "\n".join(sorted(found)) == ""
    page.close()
