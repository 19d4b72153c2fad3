"""A checkout in a fork's style gives, stepped by its own code, what the fork's rows and our record of it give."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

import pcdet_sched as ps
from pcdet_sched.checkout.find import find
from pcdet_sched.checkout.run import run
from pcdet_sched.checkout.simulate import order_of, simulate_checkout
from tests.checkout.styles import BLOCK, PLAN, as_config, write

CLASSIC = ("Haiyang-W/DSVT", "Nightmare-n/GD-MAE", "dvlab-research/FocalsConv", "dvlab-research/VoxelNeXt")
STYLE_OF = dict.fromkeys((*CLASSIC, "happinesslz/LION"), "classic") | dict.fromkeys(
    ("Haiyang-W/UniTR", "zhanggang001/HEDNet"), "master"
)
FORKS = ("EmiyaNing/OpenPCDet", "barzanisar/OpenPCDet", "CVMI-Lab/PLA", "sshaoshuai/MTR", "xiangruhuang/OpenPCDet",
         "PJLab-ADG/3DTrans", "classic", "master")  # fmt: skip


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with gzip.open(shared / "reference/forks.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            found.setdefault(STYLE_OF.get(row["fork"], row["fork"]), []).append(row)
    return found


def close(got: float, expected: float | None) -> bool:
    return expected is None or math.isclose(got, expected, rel_tol=1e-12, abs_tol=0.0)


@pytest.mark.slow
@pytest.mark.parametrize("style", FORKS)
def test_the_forks_rows_come_out_of_code_in_its_style(
    style: str, rows: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    """All rows of a fork in one process of the checkout; those that stop before it is reached are OpenPCDet's rule."""
    configs = [as_config(r["optimization"][r["stage"]] if r.get("stage") else r["optimization"]) for r in rows[style]]
    reached = {i: order for i, config in enumerate(configs) if (order := order_of(config, PLAN))}
    assert len(reached) >= len(configs) - 1
    done = run(find(write(tmp_path, style)), list(reached.values())).done
    for i, found in zip(reached, done, strict=True):
        row, outcome = rows[style][i], found.outcome
        assert (outcome.trouble, outcome.loop_trouble) == ("", ""), row["path"]
        if not row["ok"]:
            assert outcome.stop is not None, row["path"]
            assert str(row["error"]).startswith(f"{outcome.stop.stage} {outcome.stop.exception}")
            continue
        assert (outcome.stop, len(found.rows)) == (None, row["total"]), row["path"]
        for k, *expected in row["curve"]:
            got = found.rows[k]
            assert got[0] == k
            assert all(map(close, got[1:], expected)), (row["path"], k)


# Style, what the block says beside BLOCK, the trainer that does the same.
SAME = [
    ("master", {"OPTIMIZER": "sgd"}, "master"),
    ("classic", {}, "master"),
    ("classic", {"OPTIMIZER": "adam"}, "classic"),
    ("classic", {"OPTIMIZER": "adam", "LR_WARMUP": True}, "master"),
    ("PJLab-ADG/3DTrans", {"PCT_START": 0}, "master"),
    ("EmiyaNing/OpenPCDet", {"OPTIMIZER": "sgd", "LR_WARMUP": True}, "EmiyaNing/OpenPCDet"),
    ("CVMI-Lab/PLA", {"OPTIMIZER": "adamw", "SCHEDULER": "cos"}, "CVMI-Lab/PLA"),
    ("sshaoshuai/MTR", {"OPTIMIZER": "AdamW"}, "sshaoshuai/MTR"),
    ("barzanisar/OpenPCDet", {"OPTIMIZER": "adamW", "LR_SCHEDULER": "onecycle"}, "barzanisar/OpenPCDet"),
    ("xiangruhuang/OpenPCDet", {"OPTIMIZER": "adamW", "SCHEDULER": "STEP"}, "xiangruhuang/OpenPCDet"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("style", "changes", "trainer"), SAME, ids=lambda value: str(value)[:40])
def test_a_checkout_that_equals_a_known_trainer_is_said_to(
    style: str, changes: dict[str, Any], trainer: str, tmp_path: Path
) -> None:
    stepped = simulate_checkout(as_config(BLOCK | changes), PLAN, write(tmp_path, style))
    assert stepped.checkout is not None
    assert stepped.checkout.same_as[:1] == (trainer,)
    assert stepped.resolved.sentence.endswith(f"identical to {trainer} in all that matters here.")
    known = ps.simulate(stepped.config, ps.RunPlan(iters_per_epoch=20, trainer=trainer))
    assert (stepped.crash and stepped.crash.exception) == (known.crash and known.crash.exception)
    assert (stepped.crash and stepped.crash.iteration) == (known.crash and known.crash.iteration)


def test_another_formula_is_drawn_as_it_is_and_said_to_be_no_known_trainers(tmp_path: Path) -> None:
    stepped = simulate_checkout(as_config(BLOCK), PLAN, write(tmp_path, "another formula"), "all")
    assert stepped.checkout is not None
    assert stepped.checkout.same_as == ()
    assert "no known trainer does the same" in stepped.checkout.sentence
    low, top, boundary = 0.0004, 0.004, 48
    up = [low + (top - low) * k / boundary for k in range(boundary)]
    assert stepped.curve["lr"].tolist()[:boundary] == pytest.approx(up, rel=1e-12)
