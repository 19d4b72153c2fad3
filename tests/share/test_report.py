"""The report file: complete, escaped, and in need of no network."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pcdet_sched as ps
from pcdet_sched.share.report import report_html
from pcdet_sched.zoo import shipped

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLAN = ps.RunPlan(samples=3712, gpus=8)
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def report_of(config: ps.Config, name: str = "mine.yaml") -> str:
    run = ps.simulate(config, PLAN)
    return report_html(name, run, ps.check(config, PLAN))


def config_of(**changes: object) -> ps.Config:
    return ps.load(shipped("KITTI", "pointpillar").to_yaml()).edit(changes)


class Page(HTMLParser):
    """What a browser would make of a text: its tags with their attributes, and the text outside of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text, self._inside = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data


def test_verdict_numbers_findings_diff_and_block_are_in_it() -> None:
    config = config_of(LR=0.01)
    text = Page(report_of(config)).text
    report = ps.check(config, PLAN)
    assert "Trains on master." in text
    assert "9,280" in text
    assert "+    LR: 0.01" in text
    assert report.findings
    for finding in report.findings:
        assert finding.message in text


def test_a_run_that_stops_says_so() -> None:
    text = Page(report_of(config_of(OPTIMIZER="sgd"))).text
    assert "TypeError" in text


def test_nothing_in_it_is_loaded_from_anywhere() -> None:
    page = Page(report_of(config_of()))
    loading = {"src", "href", "data", "action", "poster", "srcset"}
    assert [(tag, attrs) for tag, attrs in page.tags if loading & attrs.keys()] == []
    assert {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "base"} == set()
    outside = re.sub(r"<script>.*?</script>", "", report_of(config_of()), flags=re.DOTALL)
    assert "//" not in outside


def test_text_of_a_file_is_never_a_tag_nor_ends_the_script() -> None:
    block = ps.load(shipped("KITTI", "pointpillar").to_yaml()).optimization
    config = ps.load(json.dumps({"OPTIMIZATION": block | {"MINE": HOSTILE, HOSTILE: 1, "OPTIMIZER": HOSTILE}}))
    page = Page(report_of(config.edit({"LR": 0.5}), HOSTILE))
    assert {tag for tag, _ in page.tags} & {"img"} == set()
    assert [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)] == []
    scripts = [tag for tag, _ in page.tags if tag == "script"]
    assert len(scripts) == 2
    assert HOSTILE in page.text


@pytest.mark.browser
@pytest.mark.slow
def test_it_opens_offline_and_draws_the_curves(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_of(config_of(MINE=HOSTILE)), encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("#curves .scatterlayer .trace path", state="attached")
    assert page.locator("h1").inner_text() == "mine.yaml"
    assert wrong == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()
