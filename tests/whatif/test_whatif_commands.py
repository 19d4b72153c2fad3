"""The what-if subcommands: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

import pcdet_sched as ps
from pcdet_sched.cli import main
from pcdet_sched.zoo import shipped

PLAN = ("--samples", 3712, "--gpus", 8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(shipped("KITTI", "PartA2").to_yaml(), encoding="utf-8")
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_resume_prints_the_jump_and_the_way_without_one(file: Path) -> None:
    result = invoke("resume", file, *PLAN, "--epoch", 78, "--it", 78 * 116, "--new-epochs", 120)
    assert result.exit_code == 0
    assert "lr: 4.28" in result.stdout
    assert "-> 0.00629" in result.stdout
    assert "(x 146.8)" in result.stdout
    assert "keep the epochs: With 80 epochs, as before, the curve goes on where it was." in result.stdout


def test_resume_reads_a_checkpoint_file(file: Path, tmp_path: Path) -> None:
    torch.save({"epoch": 78, "it": 9048, "optimizer_state": None}, tmp_path / "a.pth")
    result = invoke("resume", file, *PLAN, "--checkpoint", tmp_path / "a.pth", "--new-gpus", 4)
    assert result.stdout.startswith("checkpoint: epoch 78, iteration 9048\n")
    assert "first resumed epoch: whole" in result.stdout


@pytest.mark.parametrize("given", [(), ("--epoch", 3), ("--it", 3)])
def test_resume_wants_a_checkpoint_or_both_numbers(file: Path, given: tuple) -> None:
    result = invoke("resume", file, *PLAN, *given)
    assert (result.exit_code, "either --checkpoint, or both" in result.stderr) == (2, True)


def test_resume_refuses_a_file_that_is_no_checkpoint(file: Path) -> None:
    result = invoke("resume", file, *PLAN, "--checkpoint", file)
    assert (result.exit_code, "cannot be read as a checkpoint" in result.stderr) == (2, True)


def test_compare_prints_metrics_and_differences(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(ps.load(file.read_text()).edit({"LR": 0.02}).to_yaml(), encoding="utf-8")
    result = invoke("compare", file, other, *PLAN)
    assert result.exit_code == 0
    assert "  LR: 0.01 | 0.02" in result.stdout
    rows = invoke("compare", file, other, *PLAN, "--format", "csv").stdout.splitlines()
    assert rows[0].startswith("run,peak,")
    assert [row.split(",")[1] for row in rows[1:]] == ["0.01", "0.02"]
    assert invoke("compare", file, file, *PLAN).exit_code == 2


def test_compare_of_configs_without_a_curve_gives_the_reasons_and_no_table_of_nan(tmp_path: Path) -> None:
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for file, lr in zip(files, (0.1, 0.2), strict=True):
        file.write_text(f"OPTIMIZATION: {{OPTIMIZER: adamw, LR: {lr}}}")
    result = invoke("compare", *files, *PLAN)
    assert result.exit_code == 0
    assert "nan" not in result.stdout.lower()
    assert [line.partition(": no curve: ")[0] for line in result.stderr.splitlines()] == [str(file) for file in files]
    assert all("at stage" in line for line in result.stderr.splitlines())
    assert "  LR: 0.1 | 0.2" in result.stdout


def test_report_writes_one_file(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert invoke("report", file, *PLAN, "--html", out).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert invoke("report", file, *PLAN, "--html", tmp_path / "none" / "a.html").exit_code == 1


def test_logs_exits_with_one_where_the_run_parts_from_the_plan(file: Path, tmp_path: Path) -> None:
    config = ps.load(file.read_text())
    log, out = tmp_path / "train.log", tmp_path / "fact.csv"
    for epochs, code, words in ((80, 0, "all 93 logged"), (100, 1, "epochs: 100 epochs instead of 80")):
        plan = ps.RunPlan(samples=3712, gpus=8, epochs=epochs)
        curve = ps.simulate(config, plan, iterations=range(0, 9280, 100)).curve
        rows = curve[["iteration", "lr"]].itertuples(index=False)
        log.write_text("\n".join(f"LR: {lr:.3e}  Acc_iter {k + 1}" for k, lr in rows), encoding="utf-8")
        result = invoke("logs", file, log, *PLAN, "--csv", out)
        assert (result.exit_code, words in result.stdout) == (code, True), result.stdout
    assert out.read_text().startswith("iteration,lr,allowed,planned,agrees\n")
    log.write_text("nothing", encoding="utf-8")
    assert invoke("logs", file, log, *PLAN).exit_code == 2


def test_a_file_that_is_no_config_ends_every_command_with_two(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(json.dumps([1]), encoding="utf-8")
    assert invoke("compare", bad, *PLAN).exit_code == 2
    assert invoke("report", bad, *PLAN, "--html", tmp_path / "a.html").exit_code == 2
    assert invoke("resume", bad, *PLAN, "--epoch", 1, "--it", 1).exit_code == 2
    assert invoke("logs", bad, bad, *PLAN).exit_code == 2
