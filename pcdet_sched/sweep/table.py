"""A sweep's trials as a table: what differed, what came of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from pcdet_sched.benchmark.parse import format_spikes

if TYPE_CHECKING:
    from pcdet_sched.benchmark.variant import Description
    from pcdet_sched.sweep.result import SweepResult, Trial

MEASURES = (
    "final_loss",
    "clipped_share",
    "skipped_steps",
    "weights_lost",
    "underflow",
    "median_grad_norm",
    "seconds_per_iteration",
)
"""Columns that a run's summary fills; see `benchmark.result.BenchmarkSummary`."""
OUTCOME = ("status", *MEASURES, "seconds", "attempts", "worker", "failure", "id")
"""Columns behind those that differ. `seconds`: of the whole run; `status`: measured, lost (its weights) or failed."""


def settings(description: Description) -> dict[str, object]:
    """Everything that a sweep can vary, by the name that an axis has.

    >>> from pcdet_sched.benchmark.variant import Description, Variant
    >>> settings(Description(Variant(clip=None, optimization={"LR": 0.003})))["clip"]
    'off'
    """
    variant = description.variant
    return {
        "precision": variant.precision,
        "clip": "off" if variant.clip is None else variant.clip,
        "loss_scale": variant.loss_scale,
        "growth_interval": variant.growth_interval,
        "keep_scaler": variant.keep_scaler,
        "spike": format_spikes(variant.spikes) or "none",
        "trainer": variant.trainer,
        **variant.optimization,
        "seed": variant.seed,
    }


def varied(descriptions: Sequence[Description]) -> tuple[str, ...]:
    """The names that do not have the same value in all of them."""
    seen: dict[str, set[str]] = {}
    for description in descriptions:
        for name, value in settings(description).items():
            seen.setdefault(name, set()).add(repr(value))
    return tuple(name for name, values in seen.items() if len(values) > 1)


Row = dict[str, Any]
"""What differs by its name, then `OUTCOME`: a column may hold any type."""


def rows(result: SweepResult) -> list[Row]:
    """One row per trial: what differs, then `OUTCOME`. What a failed run does not have is None."""
    names = varied([trial.description for trial in result.trials])
    return [_row(trial, names) for trial in result.trials]


def _row(trial: Trial, names: Sequence[str]) -> Row:
    values = settings(trial.description)
    summary = trial.run.summary if trial.run else None
    lost = summary is not None and summary.weights_lost is not None
    return {
        **{name: values.get(name) for name in names},
        "status": "failed" if summary is None else "lost" if lost else "measured",
        **{name: getattr(summary, name, None) for name in MEASURES},
        "seconds": trial.seconds,
        "attempts": trial.attempts,
        "worker": trial.worker,
        "failure": trial.failure,
        "id": trial.id,
    }


def best(result: SweepResult, count: int = 5) -> tuple[Trial, ...]:
    """The measured trials with the lowest final loss, lowest first; a run that lost its weights is none of them."""
    found = [(trial.run.summary, trial) for trial in result.trials if trial.run is not None]
    sound = [(s.final_loss, trial) for s, trial in found if math.isfinite(s.final_loss) and s.weights_lost is None]
    return tuple(trial for _loss, trial in sorted(sound, key=lambda pair: pair[0])[:count])


def over_seeds(table: Sequence[Row]) -> list[Row]:
    """Rows of `rows` that differ in nothing but the seed as one: how many, how many lost or failed, and medians.

    Lowest median final loss first; where some runs were lost, the others make the median.
    """
    groups: dict[str, list[Row]] = {}
    for row in table:
        groups.setdefault(repr([row[name] for name in varied_names(row) if name != "seed"]), []).append(row)
    found = [_group(members) for members in groups.values()]
    return sorted(found, key=lambda row: (row["lost_or_failed"], row["final_loss"], row["worst_final_loss"]))


def varied_names(row: Row) -> tuple[str, ...]:
    """The names of a row that come before `OUTCOME`."""
    return tuple(name for name in row if name not in OUTCOME)


def _group(members: Sequence[Row]) -> Row:
    sound = [row for row in members if row["status"] == "measured" and math.isfinite(row["final_loss"])]
    losses = [row["final_loss"] for row in sound]
    return {
        **{name: members[0][name] for name in varied_names(members[0]) if name != "seed"},
        "runs": len(members),
        "lost_or_failed": len(members) - len(sound),
        "final_loss": median(losses) if losses else math.inf,
        "worst_final_loss": max(losses, default=math.inf),
        "clipped_share": median([row["clipped_share"] for row in sound]) if sound else None,
        "skipped_steps": median([row["skipped_steps"] for row in sound]) if sound else None,
    }


def table_csv(result: SweepResult) -> str:
    """The rows as CSV."""
    table = rows(result)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]) if table else list(OUTCOME), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()
