"""The curve shaped by hand, in a real browser: drag, keys, Escape, Undo, a finger; the YAML is what is drawn."""

from __future__ import annotations

import time
from typing import Any

import pytest

import pcdet_sched as ps
from pcdet_sched.zoo import FIRST, shipped
from tests.support.serving import COUNT_CURVES
from tests.ui.test_tune_browser import _ours, _see, _shows, _type

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = ps.RunPlan(samples=3712)
SHIPPED = ps.load(shipped(*FIRST).to_yaml())
STEPS = SHIPPED.edit({"OPTIMIZER": "sgd"}).to_yaml()


@pytest.fixture
def context(browser) -> Any:
    return {"viewport": {"width": 1440, "height": 1000}}


@pytest.fixture
def page(browser, url, context):
    """Tune with its curve; nothing may be asked of another address, and nothing may go wrong in the page."""
    with browser.new_context(**context) as opened:
        page = opened.new_page()
        page.set_default_timeout(60_000)
        elsewhere: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: elsewhere.append(request.url) if not _ours(request.url, url) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        page.wait_for_selector(".js-plotly-plot .scatterlayer path.js-line")
        handle(page, "LR").wait_for()
        yield page
        assert (elsewhere, faults) == ([], [])


def handle(page, key: str, place: int = 0):
    return page.locator(f"[role=slider][aria-label^='{key}']").nth(place)


def middle(page, key: str, place: int = 0) -> tuple[float, float]:
    box = handle(page, key, place).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, key: str, right: float, down: float, place: int = 0, *, hold: bool = False, steps: int = 8) -> None:
    x, y = middle(page, key, place)
    page.mouse.move(x, y)
    page.mouse.down()
    for part in range(1, steps + 1):
        page.mouse.move(x + right * part / steps, y + down * part / steps)
        time.sleep(0.03)
    if not hold:
        page.mouse.up()


def becomes(page, label: str, other: str) -> str:
    """What a field says once it says something else than `other`, and no field of a moment ago stands beside it."""
    script = """([label, other]) => { const found = document.querySelectorAll(`input[aria-label='${label}']`);
      return found.length === 1 && found[0].value !== other && found[0].value !== '' }"""
    page.wait_for_function(script, arg=[label, other])
    return page.get_by_label(label, exact=True).input_value()


def holds(page, label: str, other: str) -> float:
    """The same of a number."""
    return float(becomes(page, label, other))


def is_drawn(page, **edits: object) -> None:
    _see(page, ps.simulate(SHIPPED.edit(edits), PLAN))


def test_a_drag_is_drawn_by_the_schedulers_and_letting_go_is_one_edit(page):
    drag(page, "LR", 60, 80, hold=True)
    page.get_by_role("status").get_by_text("(was 0.003)").wait_for()
    assert page.get_by_label("LR", exact=True).input_value() == "0.003"  # not yet an edit
    page.mouse.up()
    lr, pct = holds(page, "LR", "0.003"), holds(page, "PCT_START", "0.4")
    assert lr < 0.003
    assert pct > 0.4
    assert float(f"{lr:.2g}") == lr
    is_drawn(page, LR=lr, PCT_START=pct)
    page.get_by_text("2 changed:").wait_for()
    assert page.get_by_role("status").get_by_text("(was").count() == 0

    page.keyboard.press("Control+z")
    _shows(page, "LR", "0.003")
    is_drawn(page)
    page.keyboard.press("Control+Shift+z")
    assert holds(page, "LR", "0.003") == lr
    is_drawn(page, LR=lr, PCT_START=pct)
    page.get_by_role("button", name="Reset").click()
    _shows(page, "LR", "0.003")
    is_drawn(page)


def test_escape_takes_a_drag_back(page):
    drag(page, "LR", 0, 70, hold=True)
    page.get_by_role("status").get_by_text("(was 0.003)").wait_for()
    page.keyboard.press("Escape")
    is_drawn(page)
    page.mouse.up()
    time.sleep(1)
    is_drawn(page)
    page.get_by_text("No changes yet.").wait_for()


def test_arrow_keys_move_a_handle_and_focus_stays_on_it(page):
    peak = handle(page, "LR")
    peak.focus()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    is_drawn(page, LR=0.0033)
    page.keyboard.press("Shift+ArrowDown")
    is_drawn(page, LR=0.00329)
    page.keyboard.press("PageUp")
    is_drawn(page, LR=0.0043)
    page.keyboard.press("ArrowRight")
    is_drawn(page, LR=0.0043, PCT_START=0.41)
    _until(lambda: holds(page, "LR", "0.003") == 0.0043)  # the fields follow the curve
    assert peak.evaluate("slider => slider === document.activeElement")
    assert peak.get_attribute("aria-valuetext") == "LR: 0.0043, PCT_START: 0.41"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "DIV_FACTOR"


def test_a_typed_edit_is_undone_by_keys_in_its_field_and_by_the_button(page):
    _type(page, "LR", "0.01")
    is_drawn(page, LR=0.01)
    _type(page, "WEIGHT_DECAY", "0.05")
    page.get_by_text("2 changed:").wait_for()
    page.keyboard.press("Control+z")
    page.get_by_text("1 changed:").wait_for()
    _shows(page, "WEIGHT_DECAY", "0.01")
    page.get_by_role("button", name="Undo").click()
    _shows(page, "LR", "0.003")
    is_drawn(page)
    page.get_by_role("button", name="Redo").click()
    is_drawn(page, LR=0.01)


def test_drags_keys_and_typed_edits_in_haste_end_in_one_state(page):
    """No answer is waited for: no edit is lost, in the end no field is there twice, and the chart is the same one."""
    page.evaluate("document.querySelector('.ps-chart').id = 'first'")
    for turn in range(4):
        drag(page, "LR", 6, -20, steps=4)  # all one way: to and fro may end where it began
        page.keyboard.press("ArrowUp")
        page.get_by_label("WEIGHT_DECAY", exact=True).fill(f"0.0{turn + 2}")
        page.keyboard.press("Enter")
    page.get_by_text("3 changed:").wait_for()
    time.sleep(2)
    edits = {"LR": holds(page, "LR", "0.003"), "PCT_START": holds(page, "PCT_START", "0.4")}
    assert page.get_by_label("WEIGHT_DECAY", exact=True).input_value() == "0.05"
    is_drawn(page, **edits)
    assert page.locator("#first").is_visible()


def test_a_decay_step_is_moved_added_and_removed(page, tmp_path):
    file = tmp_path / "steps.yaml"
    file.write_text(STEPS)
    page.locator("input[type=file]").set_input_files(file)
    handle(page, "DECAY_STEP_LIST").wait_for()
    before = middle(page, "DECAY_STEP_LIST")
    drag(page, "DECAY_STEP_LIST", -60, 0)
    _until(lambda: middle(page, "DECAY_STEP_LIST")[0] < before[0] - 30)
    assert "35" not in becomes(page, "DECAY_STEP_LIST", "[35, 45]")
    page.locator(".ps-chart").first.hover()
    page.get_by_role("button", name="Add a decay step").click()
    _until(lambda: page.locator("[role=slider][aria-label^=DECAY_STEP_LIST]").count() == 3)
    handle(page, "DECAY_STEP_LIST", 2).focus()
    page.keyboard.press("Delete")
    _until(lambda: page.locator("[role=slider][aria-label^=DECAY_STEP_LIST]").count() == 2)


def test_a_zoom_stays_over_edits(page):
    chart = page.locator(".js-plotly-plot").first.bounding_box()
    y = chart["y"] + chart["height"] * 0.25
    page.mouse.move(chart["x"] + chart["width"] * 0.2, y)
    page.mouse.down()
    page.mouse.move(chart["x"] + chart["width"] * 0.3, y, steps=5)
    page.mouse.up()
    zoom = "document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range"
    _until(lambda: page.evaluate(zoom)[1] < 60_000)
    zoomed = page.evaluate(zoom)
    _type(page, "LR", "0.01")
    is_drawn(page, LR=0.01)
    assert page.evaluate(zoom) == zoomed


def test_curves_follow_a_handle_while_it_moves(page):
    page.evaluate("""() => { window.drawn = []; const P = Plotly, react = P.react;
      P.react = (...all) => { window.drawn.push(performance.now()); return react.apply(P, all) } }""")
    x, y = middle(page, "LR")
    page.mouse.move(x, y)
    page.mouse.down()
    end, step = time.monotonic() + 4, 0
    while time.monotonic() < end:
        step += 1
        page.mouse.move(x, y + 20 + step % 60)
        time.sleep(0.02)
    followed = len(page.evaluate("window.drawn"))
    page.mouse.up()
    assert followed >= 4  # on a machine that runs other tests as well; docs/performance.md has the figure


POLICY = "script-src 'self' blob: 'unsafe-inline' 'wasm-unsafe-eval'; script-src-attr 'none'"  # Streamlit needs as much
STRICT = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
new MutationObserver((_, watch) => {
  if (!document.head) return;
  const policy = {httpEquiv: "Content-Security-Policy", content: "POLICY"};
  document.head.append(Object.assign(document.createElement("meta"), policy));
  watch.disconnect();
}).observe(document, {childList: true, subtree: true});
""".replace("POLICY", POLICY)
EVALUATES = "new Function('')"


def test_under_a_policy_without_eval_and_inline_handlers_handles_move(browser, url):
    with browser.new_context(viewport={"width": 1440, "height": 1000}) as context:
        page = context.new_page()
        page.add_init_script(STRICT)
        page.goto(url)
        handle(page, "LR").wait_for()
        drag(page, "LR", 0, 60)
        is_drawn(page, LR=holds(page, "LR", "0.003"))
        assert page.evaluate("refused") == []
        blob = f"URL.createObjectURL(new Blob([`{EVALUATES}`], {{type: 'text/javascript'}}))"
        page.evaluate(f"import({blob}).catch(() => 0)")
        assert page.evaluate("refused") == ["eval"]  # the policy is in force


class TestFinger:
    @pytest.fixture
    def context(self):
        return {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

    def test_a_finger_moves_a_handle_and_scrolls_elsewhere(self, page):
        handle(page, "LR").scroll_into_view_if_needed()
        box = handle(page, "LR").bounding_box()
        assert min(round(box["width"]), round(box["height"])) >= 44
        cdp = page.context.new_cdp_session(page)
        x, y = middle(page, "LR")
        swipe(cdp, x, y, 0, 60)
        lr = _until(lambda: _lr(page))
        assert lr < 0.003
        is_drawn(page, LR=lr)
        before = page.evaluate(SCROLLED)
        chart = page.locator(".js-plotly-plot").first.bounding_box()
        swipe(cdp, chart["x"] + chart["width"] * 0.75, chart["y"] + chart["height"] * 0.6, 0, -120)
        _until(lambda: page.evaluate(SCROLLED) > before + 50)
        time.sleep(1)
        is_drawn(page, LR=lr)


SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def _lr(page) -> float:
    """What the one field holds; 0 while it holds nothing yet or what it began with, or an old one stands beside it."""
    held = page.evaluate("[...document.querySelectorAll('input[aria-label=LR]')].map(field => field.value)")
    return 0.0 if len(held) != 1 or held[0] in {"", "0.003"} else float(held[0])


def swipe(cdp, x: float, y: float, right: float, down: float, steps: int = 10) -> None:
    def touch(kind: str, part: float = 0.0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x + right * part, "y": y + down * part}]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart")
    for step in range(1, steps + 1):
        touch("touchMove", step / steps)
        time.sleep(0.03)
    touch("touchEnd")


def _until(found: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)
    return value


def test_an_edit_is_drawn_once(page):
    page.evaluate(COUNT_CURVES)
    _type(page, "LR", "0.01")
    page.get_by_text("1 changed:").wait_for()
    time.sleep(1)
    is_drawn(page, LR=0.01)
    assert page.evaluate("window.drawn") == 1


def test_the_chart_is_never_built_anew_however_calls_of_its_component_overlap(page):
    """Streamlit ends a call as soon as the next one is due; zoom, focus and a handle in the hand are not to go then."""
    kept = page.evaluate("""async () => {
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
      const { default: draw } = await import(loaded.find((name) => name.includes("/chart.js")));
      const parentElement = document.body.appendChild(document.createElement("div"));
      const figure = { data: [{ y: [1, 2] }], layout: {}, stem: "s", words: {} };
      const data = new TextEncoder().encode(JSON.stringify(figure));
      const end = await draw({ data, parentElement, setStateValue() {} }, "");
      const first = parentElement.firstChild;
      end();
      await draw({ data, parentElement, setStateValue() {} }, "");
      const kept = parentElement.childElementCount === 1 && parentElement.firstChild === first;
      parentElement.remove();
      end();
      return [kept, parentElement.childElementCount];
    }""")
    assert kept == [True, 0]


def test_a_page_that_is_left_takes_its_chart_and_its_keys_along(page):
    page.evaluate("""() => { window.purged = 0; const { purge } = Plotly;
      Plotly.purge = (...all) => { window.purged++; return purge(...all) } }""")
    page.get_by_role("link", name="Reference").click()
    page.get_by_role("heading", name="Reference").wait_for()
    _until(lambda: page.evaluate("window.purged") > 0)
