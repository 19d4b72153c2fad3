"""The verdict says whose it is; the rules follow the trainer's record and name no fork."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import pcdet_sched as ps
from pcdet_sched.findings.files import check_file
from pcdet_sched.findings.reporters import as_json
from tests.samples import ALL_OPTIMIZERS

FORKS = [trainer for trainer in ps.trainers() if trainer.is_fork]
OWN_KEYS = sorted({key for trainer in FORKS for key in trainer.own_keys})
NESTED = "OPTIMIZATION: {PRETRAIN: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 30, OPTIMIZER: adam, LR: 0.003, WEIGHT_DECAY: 0.01, DECAY_STEP_LIST: [9], LR_DECAY: 0.1, LR_CLIP: 0.0000001, LR_WARMUP: False, GRAD_NORM_CLIP: 10}}"  # noqa: E501


def report(trainer: str = "auto", **changes: Any) -> ps.Report:
    return ps.check(ps.load(ALL_OPTIMIZERS).edit(changes), ps.RunPlan(samples=3712, trainer=trainer))


def codes(found: ps.Report) -> set[str]:
    return {finding.code for finding in found.findings}


def test_under_auto_the_verdict_says_that_openpcdet_stops_and_as_whose_it_is_drawn(tmp_path: Path) -> None:
    expected = "OpenPCDet itself stops: it does not know `adamw`. Drawn as CVMI-Lab/PLA trains it."
    assert report(OPTIMIZER="adamw", SCHEDULER="poly", POWER=0.9).verdict == expected
    path = tmp_path / "a.yaml"
    path.write_text(ps.load(ALL_OPTIMIZERS).edit({"OPTIMIZER": "adamw", "SCHEDULER": "poly", "POWER": 0.9}).to_yaml())
    written = json.loads(as_json([check_file(path, {"samples": 3712})]))
    assert written["files"][0]["verdict"] == expected


def test_under_auto_a_key_that_openpcdet_ignores_is_said_in_the_verdict() -> None:
    expected = "OpenPCDet itself does not read `SCHEDULER: OneCycle`. Drawn as xiangruhuang/OpenPCDet trains it."
    assert report(SCHEDULER="OneCycle").verdict == expected


def test_a_fork_that_stops_says_both_where_and_what_openpcdet_does() -> None:
    found = report(OPTIMIZER="adamw", SCHEDULER="poly", POWER="x")
    assert [error.code for error in found.errors] == ["trainer-stops"]  # the optimizer is not to blame
    verdict = found.verdict
    assert verdict.startswith("Stops at iteration 0 on CVMI-Lab/PLA: ")
    assert verdict.endswith("OpenPCDet itself stops: it does not know `adamw`. Drawn as CVMI-Lab/PLA trains it.")


def test_where_several_trainers_fit_or_none_does_the_verdict_names_them_and_nothing_is_drawn() -> None:
    for changes in ({"SCHEDULER": "STEP", "LR_BB": 0.001}, {"OPTIMIZER": "adamW"}):
        found = report(**changes)
        run = ps.simulate(ps.load(ALL_OPTIMIZERS).edit(changes), ps.RunPlan(samples=3712))
        if run.resolved.trainer is None:
            assert run.curve.empty
            assert found.verdict.startswith("Not known: ")
            assert all(name in found.verdict for name in run.resolved.candidates)
        else:
            assert f"Drawn as {run.resolved.name}" in found.verdict
    assert report(SCHEDULER="STEP", LR_BB=0.001).resolved.trainer is None


@pytest.mark.parametrize("trainer", ["master", "classic"])
@pytest.mark.parametrize("key", OWN_KEYS)
@pytest.mark.parametrize("value", ["plateau", 0.9, None, True])
def test_by_hand_the_verdict_is_openpcdets_and_every_fork_that_reads_a_key_is_named(
    trainer: str, key: str, value: Any
) -> None:
    text = f"{ALL_OPTIMIZERS}    {key}: {json.dumps(value)}\n"
    found = ps.check(ps.load(text), ps.RunPlan(samples=3712, trainer=trainer))
    assert found.verdict == f"Trains on {trainer}."
    (said,) = [finding for finding in found.infos if finding.code == "trainer-by-sign"]
    assert said.key == key
    readers = {fork.name for fork in FORKS if key in fork.own_keys}
    assert any(name in said.message for name in readers)
    if value in ("plateau", 0.9, True, None) and len(readers) == 1:
        assert readers <= set(re.findall(r"[\w-]+/[\w-]+", said.message))


@pytest.mark.parametrize("trainer", ["master", "classic", "CVMI-Lab/PLA"])
def test_a_block_inside_the_block_is_a_missing_key_where_the_trainer_reads_only_the_one_around_it(trainer: str) -> None:
    found = ps.check(ps.load(NESTED), ps.RunPlan(samples=3712, trainer=trainer))
    assert found.crash is not None
    assert (found.crash.stage, found.crash.exception) == ("config", "AttributeError")
    assert found.cause is not None
    assert found.cause.code == "missing-key"
    assert "`OPTIMIZATION.PRETRAIN`" in found.cause.message
    assert "PJLab-ADG/3DTrans" in found.cause.message


def test_under_auto_a_block_inside_the_block_runs_on_the_trainer_that_reads_it() -> None:
    run = ps.simulate(ps.load(NESTED), ps.RunPlan(samples=3712))
    assert run.crash is None  # adam, which master cannot train
    assert run.resolved.name == "PJLab-ADG/3DTrans"
    expected = "OpenPCDet itself does not read `PRETRAIN`. Drawn as PJLab-ADG/3DTrans trains it."
    assert ps.check(ps.load(NESTED), ps.RunPlan(samples=3712)).verdict == expected


def test_an_option_that_openpcdet_refuses_comes_before_where_the_block_stands() -> None:
    plan = ps.RunPlan(samples=3712, gpus=4, batch_size=6, trainer="master")
    assert ps.check(ps.load(NESTED), plan).cause.code == "batch-size-not-divisible"


@pytest.mark.parametrize("trainer", ps.trainers(), ids=lambda trainer: trainer.name)
def test_no_advice_on_a_limit_that_a_trainer_takes_as_off_or_never_reads(trainer: Any) -> None:
    optimizer = trainer.optimizers[0].name
    own = {"SCHEDULER": (trainer.choices("SCHEDULER") or ("",))[-1]} if "SCHEDULER" in trainer.own_keys else {}
    for limit in (0, -1):
        found = report(trainer.name, OPTIMIZER=optimizer, GRAD_NORM_CLIP=limit, **own)
        said = [finding for finding in found.warnings if finding.key == "GRAD_NORM_CLIP"]
        assert bool(said) == (trainer.clipping == "always"), trainer.name


@pytest.mark.parametrize("trainer", ps.trainers(), ids=lambda trainer: trainer.name)
def test_the_warm_up_is_to_be_switched_off_only_where_it_stops_the_trainer(trainer: Any) -> None:
    optimizer = next((each.name for each in trainer.optimizers if not each.wrapped), None)
    if trainer.passes_epoch or optimizer is None:
        optimizer = "adam"
    own = {"SCHEDULER": trainer.choices("SCHEDULER")[0]} if trainer.choices("SCHEDULER") else {}
    found = report(trainer.name, OPTIMIZER=optimizer, LR_WARMUP=True, **own)
    advised = [finding for finding in found.findings if finding.fix == {"LR_WARMUP": False}]
    assert bool(advised) == (trainer.warmup == "stops"), found
    for finding in advised:
        assert "EmiyaNing/OpenPCDet has repaired it" in finding.message


@pytest.mark.parametrize("trainer", [fork for fork in FORKS if fork.selection and fork.selection.absent is None])
def test_the_key_that_picks_a_forks_schedule_is_missed_by_name_with_its_values(trainer: Any) -> None:
    found = report(trainer.name)
    assert found.cause is not None
    assert (found.cause.code, found.cause.key) == ("missing-key", trainer.selection.key)
    assert all(value in found.cause.message for value in trainer.choices(trainer.selection.key))


def test_no_rule_names_a_fork() -> None:
    for path in (Path(ps.__file__).parent / "findings").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [trainer.name for trainer in FORKS if trainer.name.lower() in text.lower()], path.name


def test_a_check_is_one_dry_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from pcdet_sched import simulation
    from pcdet_sched.trainer import stages

    seen = []
    real = stages.dry_run

    def counted(*given: Any) -> Any:
        seen.append(given)
        return real(*given)

    monkeypatch.setattr(simulation, "dry_run", counted)
    monkeypatch.setattr(stages, "dry_run", counted)
    assert report("master").ok
    assert len(seen) == 1
    assert not report("master", DIV_FACTOR=0).ok
    assert len(seen) == 1 + 1 + 1 + 1  # the crash, the change that explains it, the look behind it
