"""Each fork's blocks train, or stop, as the fork's own code trained them."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

import pcdet_sched as ps


def as_config(block: dict[str, Any]) -> ps.Config:
    return ps.load(json.dumps({"OPTIMIZATION": {}})).edit(block)


def close(got: float, expected: float | None) -> bool:
    return expected is None or math.isclose(got, expected, rel_tol=1e-12, abs_tol=0.0)


def verdict(row: dict[str, Any], trainer: str) -> str:
    """Empty where the row is right, else what is not."""
    block = row["optimization"][row["stage"]] if row.get("stage") else row["optimization"]
    plan = ps.RunPlan(iters_per_epoch=row["iters_per_epoch"], trainer=trainer)
    points = [point[0] for point in row.get("curve") or []]
    run = ps.simulate(as_config(block), plan, iterations=points if row["ok"] else [])
    if not row["ok"]:
        stops = run.crash and f"{run.crash.stage} {run.crash.exception}"
        return "" if stops and str(row["error"]).startswith(stops) else f"stops: {stops} instead of {row['error']}"
    if run.crash is not None or run.total_iterations != row["total"]:
        return f"{run.crash} {run.total_iterations}"
    last = run.curve["lr_2"] if "lr_2" in run.curve else run.curve["lr"]
    for got, got_last, expected in zip(run.curve.itertuples(), last, row["curve"], strict=True):
        if not (close(got.lr, expected[1]) and close(got.momentum, expected[2]) and close(got_last, expected[3])):
            return f"{got} {got_last} is not {expected}"
    return ""


@pytest.fixture(scope="session")
def fork_rows(shared: Path) -> list[dict[str, Any]]:
    with gzip.open(shared / "reference/forks.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_each_row_is_right_under_its_forks_name(fork_rows: list[dict[str, Any]]) -> None:
    wrong = [(row["fork"], row["path"], why) for row in fork_rows if (why := verdict(row, row["fork"].upper()))]
    assert not wrong
    assert len(fork_rows) > 100


def test_under_auto_97_of_100_are_right(fork_rows: list[dict[str, Any]]) -> None:
    wrong = [(row["fork"], row["path"], why) for row in fork_rows if (why := verdict(row, "auto"))]
    assert len(wrong) <= 0.03 * len(fork_rows), wrong
