"""What a person does, in a real browser: upload a YAML, edit LR, see the curve follow, take the file home.

With SCREENSHOT set to a path, the page is photographed there on the way (`make screenshots` does that).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from playwright.sync_api import expect

import pcdet_sched as ps
from pcdet_sched.zoo import FIRST, shipped
from tests.support.serving import serve, settle

ROOT = Path(__file__).resolve().parents[2]
# The arrays of the first chart's traces; plotly.js has unpacked them.
DRAWN = """() => {
  const chart = document.querySelector(".js-plotly-plot");
  return chart && chart._fullData ? chart._fullData.slice(0, 2).map(t => ({x: Array.from(t.x), y: Array.from(t.y)}))
    : null
}"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(browser, url):
    """A page on the first view, its curve drawn; it must ask no other address for anything."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if not _ours(request.url, url) else None)
    page.goto(url)
    page.wait_for_selector(".js-plotly-plot .scatterlayer path.js-line")
    yield page
    context.close()
    assert elsewhere == []


def _ours(address: str, url: str) -> bool:
    return address.startswith((url, url.replace("http", "ws", 1), "data:", "blob:"))


def _see(page, run) -> None:
    """Wait until the chart shows exactly this run."""
    want = run.curve
    for _ in range(300):
        drawn = page.evaluate(DRAWN)
        if drawn and len(drawn[0]["y"]) == len(want) and drawn[0]["y"] == want["lr"].tolist():
            break
        time.sleep(0.1)
    np.testing.assert_array_equal(drawn[0]["x"], want["iteration"])
    np.testing.assert_array_equal(drawn[0]["y"], want["lr"])
    np.testing.assert_array_equal(drawn[1]["y"], want["momentum"])


def _type(page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_count(1, timeout=60_000)  # the old file's field is still there for a moment
    field.fill(text)
    field.press("Enter")


def _shows(page, label: str, text: str) -> None:
    """Wait until a field shows this text."""
    holds = "([label, text]) => document.querySelector(`input[aria-label='${label}']`).value === text"
    page.wait_for_function(holds, arg=[label, text])


def test_upload_edit_watch_and_take_home(page, block, tmp_path):
    file = tmp_path / "my_model.yaml"
    file.write_text(block)
    page.locator("input[type=file]").set_input_files(file)
    config, plan = ps.load(block), ps.RunPlan(samples=123580)
    _see(page, ps.simulate(config, plan))

    _type(page, "LR", "1e-2")
    edited = config.edit({"LR": 0.01})
    _see(page, ps.simulate(edited, plan))
    _shows(page, "LR", "0.01")
    page.get_by_text("LR: 0.01", exact=False).first.wait_for()
    if "SCREENSHOT" in os.environ:
        page.screenshot(path=os.environ["SCREENSHOT"])

    with page.expect_download() as download:
        page.get_by_role("button", name="Download YAML").click()
    assert download.value.suggested_filename == "my_model_tuned.yaml"
    text = Path(download.value.path()).read_text()
    assert text == block.replace("LR: 0.003  # 0.01 diverged", "LR: 0.01  # 0.01 diverged")
    assert yaml.safe_load(text)["OPTIMIZATION"]["LR"] == 0.01


def test_small_numbers_show_plainly_and_an_emptied_field_leaves_the_file(page):
    assert page.get_by_label("LR_CLIP", exact=True).input_value() == "0.0000001"
    _type(page, "LR", "2.5e-5")
    _shows(page, "LR", "0.000025")
    page.get_by_text("keys that adam_onecycle does not read").click()
    _type(page, "MOMENTUM", "")
    page.get_by_text("2 changed:").wait_for()
    assert page.get_by_label("MOMENTUM", exact=True).get_attribute("placeholder") == "not in the file"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_chart_is_saved_as_a_picture(page, kind):
    page.get_by_role("radio", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{kind.upper()} of the chart").click()
    content = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == f"pointpillar_tuned.{kind}"
    if kind == "png":
        assert content.startswith(b"\x89PNG")
    else:
        assert b"warm-up" in content
        assert content.count(b"js-line") == 2


def test_csv_and_html_are_complete(page, browser):
    page.get_by_role("radio", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML of the chart").click()
    offline = browser.new_context(offline=True)
    figure = offline.new_page()
    figure.goto(Path(download.value.path()).rename(Path(download.value.path()).with_suffix(".html")).as_uri())
    figure.wait_for_selector(".js-plotly-plot .scatterlayer path.js-line")
    offline.close()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV of every iteration").click()
    rows = Path(download.value.path()).read_text().splitlines()
    assert rows[0].startswith("iteration,epoch,lr,momentum")
    assert len(rows) == 1 + 74240


def test_a_key_without_effect_says_why_below_its_field_and_unread_ones_are_folded(page):
    field = page.locator("[class*=st-key-f][class*=-DECAY_STEP_LIST]")
    why = field.evaluate("element => getComputedStyle(element, '::after').content")
    assert why == '"adam_onecycle needs it to be valid but does nothing with it."'
    expect(page.get_by_label("MOMENTUM", exact=True)).to_be_hidden()
    page.get_by_text("6 keys that adam_onecycle does not read").click()
    expect(page.get_by_label("MOMENTUM", exact=True)).to_be_visible()


@pytest.mark.parametrize("leave", ["Control+Enter", "Tab"])
def test_a_paste_is_taken_when_its_box_is_left(page, block, leave):
    box = page.get_by_role("textbox", name="Or paste it")
    box.fill(block.replace("0.003", "0.02"))
    box.press(leave)
    _see(page, ps.simulate(ps.load(block.replace("0.003", "0.02")), ps.RunPlan(samples=123580)))
    expect(box).to_have_value("")


def test_an_edit_made_while_plotly_is_on_its_way_is_drawn(browser, url):
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        held = []
        page.route("**/plotly.min.js*", lambda route: held.append(route))  # noqa: PLW0108 - it takes no builtin
        page.goto(url)
        settle(page)
        _type(page, "LR", "0.01")
        page.get_by_text("1 changed:").wait_for()
        held[0].continue_()
        _see(page, ps.simulate(ps.load(shipped(*FIRST).to_yaml()).edit({"LR": 0.01}), ps.RunPlan(samples=3712)))


def test_where_our_chart_cannot_start_streamlits_own_takes_its_place_and_follows_each_edit(browser, url):
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.route("**/chart.js*", lambda route: route.abort())
        page.goto(url)
        page.wait_for_selector(".stPlotlyChart .js-plotly-plot")
        for lr in (0.01, 0.02):
            _type(page, "LR", str(lr))
            page.get_by_text("1 changed:").wait_for()
            _see(page, ps.simulate(ps.load(shipped(*FIRST).to_yaml()).edit({"LR": lr}), ps.RunPlan(samples=3712)))
            settle(page)
            assert page.locator(".js-plotly-plot").count() == 1


def test_a_bookmarked_page_opens_in_the_apps_frame_on_a_server_that_was_just_started(browser, tmp_path):
    with serve(tmp_path) as fresh:
        page = browser.new_page()
        page.goto(f"{fresh.url}Reference")
        page.get_by_role("heading", name="BATCH_SIZE_PER_GPU").wait_for(timeout=60_000)
        page.get_by_role("link", name="Compare").wait_for()
        page.close()
