"""Real files: no false alarm on what OpenPCDet ships, no exception on what forks made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import pcdet_sched as ps
from pcdet_sched.config import ConfigError
from pcdet_sched.datasets import DATASETS, likely
from pcdet_sched.zoo import families

PLANS = [
    ps.RunPlan(samples=3712),
    ps.RunPlan(samples=7, gpus=8, trainer="classic", use_amp=True),
    ps.RunPlan(samples=28130, gpus=3, batch_size=18, epochs=3, merge_all_iters_to_one_epoch=True),
    ps.RunPlan(iters_per_epoch=100, checkpoint=ps.Checkpoint(epoch=5, iteration=480), epochs=10**30),
]


def alarms(report: ps.Report) -> list[str]:
    return [finding.code for finding in report.errors + report.warnings]


@pytest.mark.slow
@pytest.mark.parametrize("gpus", range(1, 9))
def test_shipped_files_raise_no_alarm_with_their_data_sets(shared: Path, gpus: int) -> None:
    files = sorted((shared / "corpus" / "openpcdet").rglob("*.yaml"))
    assert len(files) == 58
    found = {}
    for path in files:
        config = ps.load(path.read_bytes())
        samples = DATASETS[likely(config.document) or "KITTI train"].samples or 3712
        found[path.name] = alarms(ps.check(config, ps.RunPlan(samples=samples, gpus=gpus)))
    assert {name: codes for name, codes in found.items() if codes} == {}


@pytest.mark.parametrize("gpus", [1, 5, 8])
def test_shipped_blocks_of_the_zoo_raise_no_alarm(gpus: int) -> None:
    found = {}
    for entry in (entry for entries in families().values() for entry in entries):
        plan = ps.RunPlan(samples=DATASETS[entry.dataset].samples or 3712, gpus=gpus)
        found[entry.path] = alarms(ps.check(ps.load(entry.to_yaml()), plan))
    assert len(found) == 58
    assert {path: codes for path, codes in found.items() if codes} == {}


@pytest.mark.slow
@pytest.mark.parametrize("plan", PLANS, ids=["one GPU", "classic", "merged", "resumed"])
def test_no_file_of_a_fork_makes_the_check_raise(shared: Path, plan: ps.RunPlan) -> None:
    checked = 0
    for path in sorted((shared / "corpus").rglob("*.yaml")):
        try:
            config = ps.load(path.read_bytes())
        except ConfigError:
            continue
        for block in config.blocks or (config.block,):
            report = ps.check(ps.load(config.text, block), plan)
            assert bool(report.errors) != report.ok
            checked += 1
    assert checked > 230


@pytest.mark.slow
def test_keys_of_forks_are_not_called_misspelt(shared: Path) -> None:
    called = set()
    for path in sorted((shared / "corpus").rglob("*.yaml")):
        try:
            config = ps.load(path.read_bytes())
        except ConfigError:
            continue
        report = ps.check(config, ps.RunPlan(samples=3712))
        called |= {finding.key for finding in report.warnings if finding.code == "misspelt-key"}
    assert called == set()


def test_an_optimizer_of_a_fork_is_an_error_that_says_so() -> None:
    block = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 80, OPTIMIZER: adamW_onecycle, LR: 0.003}"
    (error,) = ps.check(ps.load(block), ps.RunPlan(samples=3712, trainer="master")).errors
    assert error.code == "unknown-optimizer"
    assert "a fork may know it" in error.message
    assert error.fix is None
