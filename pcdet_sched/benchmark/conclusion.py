"""What decides between the variants of a benchmark: which numbers speak against one, and one line on the whole.

The rules are those of docs/benchmark.md, "What speaks against a variant".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.sentences import NEARLY_ALL, VISIBLE_UNDERFLOW, epochs_that_overflow

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkRun

WORSE_LOSS, SLOWER = 1.2, 1.5
"""Times the best: a final loss or a time per iteration from which on it decides."""
_NAMED = 2


def against(run: BenchmarkRun, runs: Sequence[BenchmarkRun]) -> dict[str, str]:
    """What speaks against a run among others: a column of the table (loss, clipped, skipped, underflow, time) → why."""
    summary, done = run.summary, len(run.readings)
    if summary.weights_lost is not None:
        return {"loss": f"loses its weights at iteration {summary.weights_lost}"}
    found = {}
    if summary.skipped_steps:
        burst = epochs_that_overflow(run)
        where = ", at each epoch's start" if burst > 1 and burst == run.description.epochs else ""
        found["skipped"] = f"loses {summary.skipped_steps} of {done} steps{where}"
    if summary.underflow is not None and summary.underflow >= VISIBLE_UNDERFLOW:
        found["underflow"] = f"underflows {summary.underflow:.2%}"
    if summary.clipped_share >= NEARLY_ALL:
        found["clipped"] = f"is clipped in {summary.clipped_share:.0%} of its steps"
    sound = [other.summary for other in runs if other.summary.weights_lost is None]
    best = min((s.final_loss for s in sound if math.isfinite(s.final_loss)), default=math.nan)
    if not summary.final_loss <= best * WORSE_LOSS:
        found["loss"] = f"ends at a loss of {summary.final_loss:.3g}, the best at {best:.3g}"
    fastest = min((s.seconds_per_iteration for s in sound), default=math.nan)
    if summary.seconds_per_iteration > fastest * SLOWER:
        found["time"] = f"takes {summary.seconds_per_iteration / fastest:.1f} times as long"
    return found


def conclusion(runs: Sequence[BenchmarkRun], names: Sequence[str]) -> str:
    """One line: which variants nothing speaks against, and what speaks against the first two others."""
    found = {name: against(run, runs) for run, name in zip(runs, names, strict=True) if run.readings}
    good = [name for name, why in found.items() if not why]
    bad = [f"{name} {' and '.join(why.values())}" for name, why in found.items() if why]
    more = f" The table says what speaks against the other {len(bad) - _NAMED}." if len(bad) > _NAMED else ""
    parts = [f"{_together(good)}: nothing speaks against {'it' if len(good) == 1 else 'them'}"] if good else []
    return ". ".join([*parts, *bad[:_NAMED]]) + ("." if found else "") + more


def _together(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
