"""What a visitor waits for: measured in a browser, and with many sessions over websockets."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING

from tests.support.serving import COUNT_CURVES, ROOT, Server, chromium, serve, settle, start
from tests.support.sockets import Session

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLOOR = ROOT / "scripts" / "floor.py"
LEAN = ("--runner.postScriptGC", "false", "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false")
_PROBE = (ROOT / "scripts" / "probe.js").read_text(encoding="utf-8")


@contextmanager
def watched(browser: Browser) -> Iterator[Page]:
    """A page with the probe in it and nothing in its cache."""
    with browser.new_context(viewport={"width": 1440, "height": 1000}) as context:
        page = context.new_page()
        page.add_init_script(_PROBE)
        yield page


def first_plot(page: Page, url: str) -> None:
    """Open an address and wait until its first chart is drawn."""
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.__probe?.first", timeout=90_000)


def edit(page: Page, value: float) -> float:
    """Type a value into LR; the milliseconds from Enter to the frame that shows the new curve."""
    field = page.get_by_label("LR", exact=True)
    field.fill(f"{value:.4f}")
    page.evaluate("window.__probe.last = null; window.__probe.armed = true")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.__probe.last", timeout=60_000, polling=30)
    return float(page.evaluate("window.__probe.last"))


def edits(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Milliseconds per edit of Tune and of the floor, one after the other in turn."""
    with (
        serve(folder) as ours,
        serve(folder, *LEAN, script=FLOOR) as floor,
        chromium() as browser,
        watched(browser) as tune,
        watched(browser) as bare,
    ):
        pages = {"Tune": tune, "floor": bare}
        for (_, page), server in zip(pages.items(), (ours, floor), strict=True):
            first_plot(page, server.url)
            settle(page)
        times: dict[str, list[float]] = {name: [] for name in pages}
        for number in range(rounds + 3):
            for name, page in pages.items():
                page.bring_to_front()
                took = edit(page, 0.0031 + number * 1e-4)
                if number >= 3:
                    times[name].append(took)
                time.sleep(0.15)
    return times


def starts(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds from `streamlit run` to the first chart, of the app and of the floor with torch, in turn."""
    times: dict[str, list[float]] = {"app": [], "floor with torch": []}
    with chromium() as browser:
        for _ in range(rounds):
            times["app"].append(_start(folder, browser))
            times["floor with torch"].append(_start(folder, browser, floor=True))
    return times


def _start(folder: Path, browser: Browser, *, floor: bool = False) -> float:
    began = time.perf_counter()
    server = start(folder, *LEAN, script=FLOOR, environment={"FLOOR_WITH_TORCH": "1"}) if floor else start(folder)
    try:
        with watched(browser) as page:
            while not server.alive:
                time.sleep(0.02)
            first_plot(page, server.url)
            return time.perf_counter() - began
    finally:
        server.stop()


def hand(folder: Path, seconds: float) -> float:
    """Milliseconds from one curve to the next while the peak is moved on Tune without a rest."""
    with serve(folder) as server, chromium() as browser, watched(browser) as page:
        first_plot(page, server.url)
        settle(page)
        page.evaluate(COUNT_CURVES)
        box = page.locator("[role=slider][aria-label^=LR]").first.bounding_box()
        if box is None:
            raise RuntimeError("no handle can be seen")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        end = time.monotonic() + seconds
        for step in count():
            page.mouse.move(x, y + 20 + step % 60)
            time.sleep(0.02)
            if time.monotonic() > end:
                break
        curves = page.evaluate("window.drawn")
        page.mouse.up()
        return 1e3 * seconds / float(curves)


def edits_once_a_second(session: Session, seconds: float) -> list[float]:
    """Milliseconds from each edit of LR to its new curve."""
    times = []
    for step in range(int(seconds)):
        due = time.monotonic() + 1
        times.append(1e3 * session.edit("LR", round(0.0031 + 1e-4 * step, 4)))
        time.sleep(max(0.0, due - time.monotonic()))
    return times


def drags(session: Session, seconds: float) -> list[float]:
    """Milliseconds from each position of the peak to its curve. Raises RuntimeError if the last one does not stay."""
    times = [1e3 * took for took in session.drag(seconds)]
    if session.moved_to != session.peak:
        raise RuntimeError(f"the peak was let go at {session.moved_to} and is at {session.peak}")
    return times


def load(server: Server, sessions: int, seconds: float, work: Callable[[Session, float], list[float]]) -> list[float]:
    """What `work` measures, in milliseconds, while so many sessions do it, each from its own moment of a second."""
    times: list[float] = []
    failed: list[BaseException] = []
    all_open = Barrier(sessions)

    def visit(number: int) -> None:
        dice = random.Random(number)  # noqa: S311 - when to click, no secret
        try:
            with Session(server) as session:
                session.open()
                all_open.wait(120)
                time.sleep(3 + dice.random())  # nobody edits in the seconds in which the page comes
                times.extend(work(session, seconds))
        except (OSError, TimeoutError, RuntimeError) as error:  # a broken barrier is a RuntimeError
            failed.append(error)

    threads = [Thread(target=visit, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return times


def memory(folder: Path, idle: int, visitors: int) -> tuple[float, float]:
    """MB per idle session, and MB more than before when `visitors` have come and gone.

    A session that was left is kept for a page that comes back, two minutes by our settings; here for one second.
    """
    with serve(folder, "--server.disconnectedSessionTTL", "1") as server:
        _visit(server, 20)
        before = _at_rest(server)
        with ExitStack() as open_pages:
            for _ in range(idle):
                open_pages.enter_context(Session(server)).open()
            each = (_at_rest(server) - before) / idle
        _visit(server, visitors - idle)
        return each, _at_rest(server) - before


def _at_rest(server: Server) -> float:
    """Its memory after those who left have been forgotten: one more visit looks for them."""
    time.sleep(3)
    _visit(server, 1)
    time.sleep(1)
    return server.megabytes()


def _visit(server: Server, visitors: int) -> None:
    for number in range(visitors):
        with Session(server) as session:
            session.open()
            session.edit("LR", 0.0031 + number * 1e-6)
