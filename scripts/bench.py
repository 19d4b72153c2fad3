"""Measure what visitors and scripts wait for, and write docs/performance.md. Meant for a quiet machine."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pcdet_sched.language import N_, _
from scripts.timing import drags, edits, edits_once_a_second, hand, load, memory, starts
from scripts.translated import LANGUAGES, write
from tests.support.serving import ROOT, serve

if TYPE_CHECKING:
    from tests.support.serving import Server
    from tests.support.sockets import Session

PAGE = "performance.md"
# What tests/speed calls its rows, and scripts/timing.py what it takes turns with: for the catalogue.
_NAMES = (
    N_("`load` of a shipped block"), N_("`edit` of two keys and `to_yaml`"), N_("`simulate` at a plot's resolution"),
    N_("the same for 1,000,000 iterations"), N_("`check`"), N_("CSV of 1,000,000 iterations"),
    N_("floor"), N_("floor with torch"), N_("1 session"),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, beside what (name and figure), and the most that it may be."""

    what: str
    ours: str
    beside: tuple[str, str]
    result: float
    most: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether the result is within its bound."""
        return self.result <= self.most

    def __str__(self) -> str:
        number = f"{self.result:.2f} {self.unit}"
        name, figure = self.beside
        beside = f"{_(name)}: {figure}" if name else ""
        return f"| {_(self.what)} | {self.ours} | {beside} | {number} | {self.most:g} {self.unit} |"


def median_row(what: str, unit: str, times: dict[str, list[float]], most: float) -> Row:
    """The ratio of the first list's median to the second's."""
    (_, ours), (name, beside) = times.items()
    a, b = statistics.median(ours), statistics.median(beside)
    return Row(what, f"{a:.3g} {unit}", (name, f"{b:.3g} {unit}"), a / b, most)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def pages(folder: Path, quick: bool) -> list[Row]:
    """Everything that needs a server."""
    rows = [
        median_row(N_("Edit LR on Tune to drawn"), "ms", edits(folder, 5 if quick else 40), 0.9),
        median_row(N_("`streamlit run` to the first plot"), "s", starts(folder, 1 if quick else 5), 1.15),
    ]
    between = hand(folder, 2 if quick else 10)
    rows.append(Row(N_("From one curve to the next while a handle moves"), "", ("", ""), between, 125, "ms"))
    seconds = 3 if quick else 15
    with serve(folder) as server:
        load(server, 1, 3, edits_once_a_second)
        rows += [
            _many(N_("25 sessions that edit once a second, p95"), server, seconds, edits_once_a_second, 60, "ms"),
            _many(N_("25 sessions that move a handle for 5 s, p95"), server, 2 if quick else 5, drags, 3, "×"),
        ]
    each, more = memory(folder, 20, 30 if quick else 200)
    rows.append(Row(N_("Memory of an idle session"), "", ("", ""), each, 5, "MB"))
    rows.append(Row(N_("Memory more than before, after 200 sessions have gone"), "", ("", ""), more, 10, "MB"))
    return rows


def _many(
    what: str, server: Server, seconds: float, work: Callable[[Session, float], list[float]], most: float, unit: str
) -> Row:
    """What 25 sessions wait for beside what one does: the ratio, or the milliseconds where that is the unit."""
    one, many = p95(load(server, 1, seconds * 2, work)), p95(load(server, 25, seconds, work))
    return Row(what, f"{many:.0f} ms", ("1 session", f"{one:.0f} ms"), many if unit == "ms" else many / one, most, unit)


def library(folder: Path) -> list[tuple[str, float, int]]:
    """What tests/speed measured: name, median in milliseconds, rounds."""
    out = folder / "library.json"
    command = [sys.executable, "-m", "pytest", "-q", str(ROOT / "tests" / "speed"), "--benchmark-enable"]
    subprocess.run([*command, f"--benchmark-json={out}"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return [
        (bench["extra_info"]["what"], 1e3 * bench["stats"]["median"], bench["stats"]["rounds"])
        for bench in json.loads(out.read_text(encoding="utf-8"))["benchmarks"]
    ]


def machine(before: float, after: float) -> str:
    """This machine, by what matters, what else it did, and what that means for the figures."""
    said = _(
        "Measured on {cores} cores with {memory:.0f} GiB of memory, Python {python}. Its load average was {before:.1f} "
        "at the start and {after:.1f} at the end.",
        cores=os.cpu_count(), memory=psutil.virtual_memory().total / 2**30, python=sys.version.split()[0],
        before=before, after=after,
    )  # fmt: skip
    if before <= 1:
        return said
    busy = _("**Other programs were at work at the same time: these figures are no verdict, take them again.**")
    return f"{said} {busy}"


def document(rows: list[Row], measured: list[tuple[str, float, int]], load_averages: tuple[float, float]) -> str:
    """The page, in the language in force."""
    head = _(
        "`make bench` measures this and writes this page. The floor is an app with one number field and one chart of "
        "two curves (`scripts/floor.py`): what Streamlit and Plotly cost by themselves. App and floor are served at "
        "the same time, without Streamlit's garbage collection after each run, and take turns; edits are timed in the "
        "page, from Enter to the frame that shows the new curve."
    )
    lines = ["# " + _("Performance"), "", head, "", machine(*load_averages), ""]
    lines += ["| | " + " | ".join([_("here"), _("beside"), _("result"), _("at most")]) + " |", "|---|---|---|---|---|"]
    lines += [*map(str, rows), "", _("The library's own paths, by pytest-benchmark:"), ""]
    lines += ["| | " + " | ".join([_("median"), _("rounds")]) + " |", "|---|---|---|"]
    lines += [f"| {_(what)} | {median:.3g} ms | {rounds} |" for what, median, rounds in measured]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure everything; the exit status is 1 where a bound is not met."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="few rounds, nothing written: does it all run?")
    chosen = options.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        rows, measured = pages(Path(scratch), chosen.quick), library(Path(scratch))
    figures = (rows, measured, (before, os.getloadavg()[0]))
    print(document(*figures))
    if not chosen.quick:
        for language in (None, *LANGUAGES):
            write(PAGE, language, lambda: document(*figures))
    missed = [row.what for row in rows if not row.met]
    print("\n".join(f"over its bound: {what}" for what in missed) or "Every bound is met.")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
