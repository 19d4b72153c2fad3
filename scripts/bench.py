"""Measure what visitors and scripts wait for, and write docs/performance.md. Meant for a quiet machine."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.timing import edits, load, memory, starts
from tests.support.serving import ROOT, serve

TARGET = ROOT / "docs" / "performance.md"
HEAD = """\
# Performance

`make bench` measures this and writes this page. The floor is an app with one number field and one chart of two curves
(`scripts/floor.py`): what Streamlit and Plotly cost by themselves. App and floor are served at the same time, without
Streamlit's garbage collection after each run, and take turns; edits are timed in the page, from Enter to the frame that
shows the new curve.

"""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, beside what, and the most that it may be."""

    what: str
    ours: str
    beside: str
    result: float
    most: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether the result is within its bound."""
        return self.result <= self.most

    def __str__(self) -> str:
        number = f"{self.result:.2f} {self.unit}"
        return f"| {self.what} | {self.ours} | {self.beside} | {number} | {self.most:g} {self.unit} |"


def median_row(what: str, unit: str, times: dict[str, list[float]], most: float) -> Row:
    """The ratio of the first list's median to the second's."""
    (_, ours), (name, beside) = times.items()
    a, b = statistics.median(ours), statistics.median(beside)
    return Row(what, f"{a:.3g} {unit}", f"{name}: {b:.3g} {unit}", a / b, most)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def pages(folder: Path, quick: bool) -> list[Row]:
    """Everything that needs a server."""
    rows = [
        median_row("Edit LR on Tune to drawn", "ms", edits(folder, 5 if quick else 40), 1.25),
        median_row("`streamlit run` to the first plot", "s", starts(folder, 1 if quick else 5), 1.15),
    ]
    seconds = 3 if quick else 15
    with serve(folder) as server:
        load(server, 1, 3)
        one, many = load(server, 1, seconds * 2), load(server, 25, seconds)
    rows.append(
        Row("25 sessions that edit once a second, p95", f"{p95(many):.0f} ms", f"1 session: {p95(one):.0f} ms",
            p95(many) / p95(one), 2)
    )  # fmt: skip
    each, more = memory(folder, 20, 30 if quick else 200)
    rows.append(Row("Memory of an idle session", "", "", each, 5, "MB"))
    rows.append(Row("Memory more than before, after 200 sessions have gone", "", "", more, 10, "MB"))
    return rows


def library(folder: Path) -> str:
    """The medians of tests/speed as a table."""
    out = folder / "library.json"
    command = [sys.executable, "-m", "pytest", "-q", str(ROOT / "tests" / "speed"), "--benchmark-enable"]
    subprocess.run([*command, f"--benchmark-json={out}"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    lines = [
        f"| {bench['extra_info']['what']} | {1e3 * bench['stats']['median']:.3g} ms | {bench['stats']['rounds']} |"
        for bench in json.loads(out.read_text(encoding="utf-8"))["benchmarks"]
    ]
    return "\n".join(["| | median | rounds |", "|---|---|---|", *lines])


def machine() -> str:
    """This machine, by what matters."""
    memory_gb = psutil.virtual_memory().total / 2**30
    return f"Measured on {os.cpu_count()} cores with {memory_gb:.0f} GiB of memory, Python {sys.version.split()[0]}."


def load_note(before: float, after: float) -> str:
    """What else the machine did, and what that means for the figures."""
    said = f"Its load average was {before:.1f} at the start and {after:.1f} at the end."
    if before <= 1:
        return said
    return f"{said} **Other programs were at work at the same time: these figures are no verdict, take them again.**"


def main() -> int:
    """Measure everything; the exit status is 1 where a bound is not met."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="few rounds, nothing written: does it all run?")
    chosen = options.parse_args()
    busy = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as scratch:
        rows, table = pages(Path(scratch), chosen.quick), library(Path(scratch))
    busy.append(os.getloadavg()[0])
    bounds = "\n".join(["| | here | beside | result | at most |", "|---|---|---|---|---|", *map(str, rows)])
    note = f"{machine()} {load_note(*busy)}\n"
    text = f"{HEAD}{note}\n{bounds}\n\nThe library's own paths, by pytest-benchmark:\n\n{table}\n"
    print(text)
    if not chosen.quick:
        TARGET.write_text(text, encoding="utf-8")
    missed = [row.what for row in rows if not row.met]
    print("\n".join(f"over its bound: {what}" for what in missed) or "Every bound is met.")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
