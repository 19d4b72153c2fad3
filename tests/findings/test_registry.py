"""Codes, their texts, and the page that is made from them."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pcdet_sched as ps
from pcdet_sched.cli import main
from pcdet_sched.findings import CODES
from pcdet_sched.findings.report import SEVERITIES
from tests.samples import ALL_OPTIMIZERS


@pytest.fixture
def root(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_its_texts(name: str) -> None:
    code = CODES[name]
    assert code.name == name
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert code.severity in SEVERITIES
    assert code.title[0].isalpha() or code.title.startswith("-")
    assert not code.title.endswith(".")
    assert code.explanation.endswith(".")
    assert code.explanation != code.title


MASTER, CLASSIC = ps.RunPlan(samples=3712, trainer="master"), ps.RunPlan(samples=3712, trainer="classic")
AUTO, PLA = ps.RunPlan(samples=3712), ps.RunPlan(samples=3712, trainer="CVMI-Lab/PLA")
STEPS, ANNEAL = {"OPTIMIZER": "adam"}, {"OPTIMIZER": "adam_cosineanneal"}


def nested(text: str) -> ps.Config:
    return ps.load(text.replace("OPTIMIZATION:", "OPTIMIZATION: {}\nOCC_OPTIMIZATION:"), "OCC_OPTIMIZATION")


# One case for each code: what is changed in a block that trains without a word, or the whole file, and the plan.
EMITTED: dict[str, tuple[dict[str, Any] | ps.Config, ps.RunPlan]] = {
    "missing-key": ({"LR": None}, MASTER),
    "text-for-number": ({"LR": "3e-3"}, MASTER),
    "wrong-type": ({"NUM_EPOCHS": 80.0}, MASTER),
    "wrong-length": ({"MOMS": [0.9]}, MASTER),
    "refused-value": ({"PCT_START": 0}, MASTER),
    "unknown-optimizer": ({"OPTIMIZER": "lion"}, MASTER),
    "step-decay-on-master": (STEPS, MASTER),
    "cosine-warm-up": ({**STEPS, "LR_WARMUP": True}, CLASSIC),
    "run-too-short": ({}, ps.RunPlan(samples=4, epochs=2)),
    "merge-no-iterations": ({}, ps.RunPlan(samples=4, gpus=8, merge_all_iters_to_one_epoch=True)),
    "batch-size-not-divisible": ({}, ps.RunPlan(samples=3712, gpus=3, batch_size=8)),
    "key-not-text": (ps.load("DATA: {on: 1}\n" + ALL_OPTIMIZERS), MASTER),
    "trainer-stops": ({"OPTIMIZER": "adamw", "SCHEDULER": "plateau"}, PLA),
    "text-value": ({"GRAD_NORM_CLIP": "10"}, MASTER),
    "bool-value": ({"WEIGHT_DECAY": True}, MASTER),
    "unusual-value": ({"LR": 5}, MASTER),
    "number-misread": (ps.load(ALL_OPTIMIZERS.replace("WARMUP_ITER: 100", "WARMUP_ITER: 1_00")), MASTER),
    "merge-flag": ({}, ps.RunPlan(samples=3712, merge_all_iters_to_one_epoch=True)),
    "pct-start-too-high": ({"PCT_START": 1.0}, MASTER),
    "peak-never-reached": ({**STEPS, "LR_WARMUP": True, "WARMUP_EPOCH": 100, "DECAY_STEP_LIST": [30]}, CLASSIC),
    "starts-above-peak": ({"DIV_FACTOR": 0.5}, MASTER),
    "moms-reversed": ({"MOMS": [0.85, 0.95]}, MASTER),
    "moms-out-of-range": ({"MOMS": [1.5, 0.85]}, MASTER),
    "decay-never-reached": ({**STEPS, "DECAY_STEP_LIST": [80, 90]}, CLASSIC),
    "clip-above-lr": ({**STEPS, "LR_CLIP": 0.1}, CLASSIC),
    "warm-up-longer-than-run": ({**ANNEAL, "WARMUP_ITER": 10**6}, MASTER),
    "lr-jump": ({**ANNEAL, "WARMUP_ITER": 20 * 928}, MASTER),
    "grad-clip-zero": ({"GRAD_NORM_CLIP": 0}, MASTER),
    "grad-clip-negative": ({"GRAD_NORM_CLIP": -1}, MASTER),
    "grad-clip-nan": ({"GRAD_NORM_CLIP": math.nan}, MASTER),
    "lr-not-finite": ({"LR": math.nan}, MASTER),
    "lr-negative": ({"LR": -0.003}, MASTER),
    "lr-zero": ({"LR": 0}, MASTER),
    "trains-nothing": ({"NUM_EPOCHS": 0}, MASTER),
    "weight-decay-negative": ({"WEIGHT_DECAY": -0.01}, MASTER),
    "loss-scale-not-power-of-two": ({"USE_AMP": True, "LOSS_SCALE_FP16": 1000}, MASTER),
    "loss-scale-not-a-number": ({"USE_AMP": True, "LOSS_SCALE_FP16": "1e3"}, MASTER),
    "amp-not-bool": ({"USE_AMP": "True"}, MASTER),
    "last-batch-of-one": ({}, ps.RunPlan(samples=3713)),
    "repeated-key": (ps.load("DATA: {A: 1, A: 2}\n" + ALL_OPTIMIZERS), MASTER),
    "misspelt-key": ({"PCT_STRAT": 0.3}, MASTER),
    "trainer-unknown": ({"SCHEDULER": "plateau"}, AUTO),
    "trainer-by-sign": ({"OPTIMIZER": "adamw", "SCHEDULER": "poly", "POWER": 0.9}, AUTO),
    "keys-not-read": ({}, MASTER),
    "valid-but-unused": ({}, MASTER),
    "decay-partly-reached": ({**STEPS, "DECAY_STEP_LIST": [35, 85]}, CLASSIC),
    "first-beta-overwritten": ({"BETAS": [0.9, 0.999]}, MASTER),
    "loss-scale-ceiling": ({"USE_AMP": True}, MASTER),
    "batch-size-is-total": ({}, ps.RunPlan(samples=3712, gpus=8, batch_size=16)),
    "nested-block": (nested(ALL_OPTIMIZERS), MASTER),
    "base-config": ({"_BASE_CONFIG_": "a.yaml"}, MASTER),
}


@pytest.mark.parametrize("code", [code for code in CODES if code != "unreadable-file"])
def test_every_code_is_found_by_a_check(code: str) -> None:
    changed, plan = EMITTED[code]
    config = changed if isinstance(changed, ps.Config) else ps.load(ALL_OPTIMIZERS).edit(changed)
    assert code in {finding.code for finding in ps.check(config, plan).findings}


def test_a_file_that_cannot_be_read_is_found_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- 1\n")
    assert "error[unreadable-file]" in CliRunner().invoke(main, ["check", str(tmp_path / "list.yaml")]).stdout
