"""A sample of what the trainers did, kept as a hash of each one's figures, so that the suite means something by itself.

sample.json is made from the reference folder by `python -m tests.trainer.test_sample`; no figure is our code's own.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

import pcdet_sched as ps

FILE = Path(__file__).with_name("sample.json")
SAMPLE: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
STAGES = {"load", "config", "dataloader", "build_optimizer", "build_scheduler", "train"}


def hashed(rows: Iterable[Sequence[Any]]) -> str:
    """Of rows of numbers at nine digits: enough for 0.33333333 to differ from a third, and not for the last bit."""
    text = "\n".join(" ".join(f"{float(number) + 0.0:.8e}" for number in row) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def first_of_each(rows: Iterable[dict[str, Any]], kind: Any, most: Any) -> Iterator[dict[str, Any]]:
    """The first rows of each kind, as many as `most` says for a row of it."""
    seen: Counter[object] = Counter()
    for row in rows:
        seen[kind(row)] += 1
        if seen[kind(row)] <= most(row):
            yield row


def case_kind(case: dict[str, Any]) -> tuple[object, ...]:
    result = case["result"]
    optimizer = yaml.safe_load(case["yaml"]).get("OPTIMIZATION", {}).get("OPTIMIZER")
    return str(optimizer), case["trainer"], result["outcome"], result.get("stage"), result.get("exception")


def sampled_cases(folder: Path) -> Iterator[dict[str, Any]]:
    """One crash of each kind, and twelve runs."""
    cases = map(json.loads, (folder / "trainer_cases.jsonl").read_text(encoding="utf-8").splitlines())
    for case in first_of_each(cases, case_kind, lambda case: 12 if case["result"]["outcome"] == "runs" else 1):
        kept = {name: case[name] for name in ("id", "trainer", "samples", "world", "epochs", "merge", "yaml")}
        if case["result"]["outcome"] == "runs":
            yield kept | {"iterations": "all", "hash": hashed(case["trajectory"])}
        else:
            yield kept | {name: case["result"][name] for name in ("stage", "exception", "iteration")}


def sampled_resumed(folder: Path) -> Iterator[dict[str, Any]]:
    """Every third."""
    for line in (folder / "resume.jsonl").read_text(encoding="utf-8").splitlines()[::3]:
        row = json.loads(line)
        checkpoint = [row["checkpoint"]["epoch"], row["checkpoint"]["it"], row["first"]["LR"]]
        yield {
            "id": row["id"], "trainer": row["trainer"], "samples": row["samples"], "checkpoint": checkpoint,
            "optimization": row["resumed"], "iterations": "all", "hash": hashed(row["trajectory"]),
        }  # fmt: skip


def fork_block(row: dict[str, Any]) -> dict[str, Any]:
    return row["optimization"][row["stage"]] if row.get("stage") else row["optimization"]


def fork_kind(row: dict[str, Any]) -> tuple[object, ...]:
    keys = ("OPTIMIZER", "SCHEDULER", "LR_SCHEDULER", "LR_BB")
    return row["fork"], row["ok"], *(str(fork_block(row).get(key)) for key in keys)


def sampled_forks(folder: Path) -> Iterator[dict[str, Any]]:
    """One of each fork and kind of schedule. What a row does not hold, such as a momentum, is left out of its hash."""
    with gzip.open(folder / "forks.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in first_of_each(rows, fork_kind, lambda _: 1):
        kept = {"id": row["id"], "trainer": row["fork"], "iters_per_epoch": row["iters_per_epoch"]}
        kept["optimization"] = fork_block(row)
        if row["ok"]:
            columns = [i for i in range(4) if row["curve"][0][i] is not None]
            figures = [[point[i] for i in columns] for point in row["curve"]]
            iterations = [point[0] for point in row["curve"]]
            yield kept | {"columns": columns, "iterations": iterations, "hash": hashed(figures)}
        else:
            stage, exception = str(row["error"]).split(":")[0].split()[:2]
            yield kept | {"stage": stage, "exception": exception}


def sample(folder: Path) -> list[dict[str, Any]]:
    return [*sampled_cases(folder), *sampled_resumed(folder), *sampled_forks(folder)]


def simulated(row: dict[str, Any], iterations: Any) -> ps.Run:
    config = ps.load(row["yaml"]) if "yaml" in row else ps.load("OPTIMIZATION: {}").edit(row["optimization"])
    plan = ps.RunPlan(
        samples=row.get("samples"),
        iters_per_epoch=row.get("iters_per_epoch"),
        gpus=row.get("world", 1),
        epochs=row.get("epochs"),
        merge_all_iters_to_one_epoch=row.get("merge", False),
        trainer=row["trainer"],
        checkpoint=ps.Checkpoint(*row["checkpoint"]) if "checkpoint" in row else None,
    )
    return ps.simulate(config, plan, iterations)


def named(rows: Iterable[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.mark.parametrize("row", named(row for row in SAMPLE if "hash" in row))
def test_a_run_of_the_sample_takes_the_lr_and_momentum_that_it_took(row: dict[str, Any]) -> None:
    run = simulated(row, row["iterations"])
    assert run.crash is None
    curve = run.curve.assign(last=run.curve["lr_2"] if "lr_2" in run.curve else run.curve["lr"])
    figures = curve[["iteration", "lr", "momentum", "last"]].to_numpy().tolist()
    columns = row.get("columns", [0, 1, 2])
    assert hashed([figure[i] for i in columns] for figure in figures) == row["hash"]


@pytest.mark.parametrize("row", named(row for row in SAMPLE if "stage" in row))
def test_a_crash_of_the_sample_is_where_and_what_it_was(row: dict[str, Any]) -> None:
    crash = simulated(row, []).crash
    assert crash is not None
    assert (crash.stage, crash.exception) == (row["stage"], row["exception"])
    if "iteration" in row:
        assert crash.iteration == row["iteration"]


def test_the_sample_has_every_stage_optimizer_and_fork() -> None:
    assert {row["stage"] for row in SAMPLE if "stage" in row} == STAGES
    assert {row["trainer"].lower() for row in SAMPLE} >= {trainer.name.lower() for trainer in ps.trainers()}
    runs = [ps.load(row["yaml"]).optimization["OPTIMIZER"] for row in SAMPLE if "yaml" in row and "hash" in row]
    assert min(Counter(runs)[name] for name in ("adam_onecycle", "adam_cosineanneal", "adam", "sgd")) >= 5
    assert len(SAMPLE) > 150


def test_the_sample_is_what_the_records_give(shared: Path) -> None:
    assert sample(shared / "reference") == SAMPLE


if __name__ == "__main__":
    rows = sample(FILE.parents[3] / "shared" / "reference")
    FILE.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")
