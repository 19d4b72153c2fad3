"""`pcdet-sched sweep` as a person calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from pcdet_sched.cli import main
from pcdet_sched.commands.sweep import label
from pcdet_sched.sweep.grid import describe_points, parse_grid
from pcdet_sched.sweep.journal import read_trials, to_line
from pcdet_sched.sweep.result import Trial, run_id

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(block, tmp_path: Path) -> Path:
    """A config file."""
    path = tmp_path / "model.yaml"
    path.write_text(yaml.safe_dump({"OPTIMIZATION": block}))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where results go."""
    return tmp_path / "out.jsonl"


def call(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["sweep", *map(str, arguments)])


@pytest.mark.slow
def test_a_sweep_is_measured_written_and_told(config: Path, out: Path, tmp_path: Path) -> None:
    result = call(
        config, "--grid", "clip=1,off", "--json-lines", out, "--csv", tmp_path / "out.csv", "--workers", 1,
        "--iterations", 3, "--epochs", 1,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert len(read_trials(out.read_bytes())) == 2
    assert (tmp_path / "out.csv").read_text().startswith("clip,status,final_loss")
    assert "2 runs measured." in result.stdout
    assert "clip=1: final loss " in result.stderr


@pytest.fixture
def filled(block, out: Path, measured) -> Path:
    """A file that holds the sweep clip=1,10,off already; the last one failed."""
    points = list(parse_grid(["clip=1,10"]))
    descriptions = describe_points(block, points, {"iterations": 3, "epochs": 1, "device": "cpu"})
    runs = [Trial(run_id(d), d, measured(d, loss)) for d, loss in zip(descriptions, (2.0, 1.0), strict=True)]
    out.write_text("".join(map(to_line, runs)))
    return out


def test_a_sweep_that_is_in_its_file_is_not_run_again(config: Path, filled: Path) -> None:
    before = filled.read_bytes()
    result = call(config, "--grid", "clip=1,10", "--json-lines", filled, "--iterations", 3, "--epochs", 1)
    assert result.exit_code == 0, result.output
    assert "2 of 2 runs are in the file already." in result.stderr
    assert [line.split(":")[0] for line in result.stdout.splitlines()[1:]] == ["1. clip=10", "2. clip=1"]
    assert filled.read_bytes() == before


@pytest.mark.slow
def test_a_block_that_cannot_be_trained_fails_with_its_reason_and_exit_status_1(
    block, tmp_path: Path, out: Path
) -> None:
    config = tmp_path / "bad.yaml"
    config.write_text(yaml.safe_dump({"OPTIMIZATION": block | {"OPTIMIZER": "lion"}}))
    result = call(
        config, "--grid", "seed=0", "--json-lines", out, "--iterations", 3, "--epochs", 1, "--workers", 1
    )  # fmt: skip
    assert result.exit_code == 1
    assert "seed=0: failed in 2 attempts: this block cannot be trained with" in result.stderr
    assert "0 runs measured, 1 failed." in result.stdout
    assert json.loads(out.read_text())["attempts"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--grid", "clip"], "must be name=values"),
        (["--grid", "speed=1"], "speed is not known"),
        (["--grid", "seed=0..1", "--grid", "seed=2"], "seed is an axis twice"),
        (["--grid", "clip=1,2", "--points", "3"], "3 samples of 2 different points"),
        (["--grid", "seed=0", "--epochs", "9", "--iterations", "3"], "epochs must be from 1 to 3"),
        (["--grid", "seed=0", "--scheduler", "host"], "looks like tcp://host:8786"),
    ],
)
def test_what_cannot_be_swept_is_one_line_and_exit_status_1(config: Path, out: Path, arguments, message) -> None:
    result = call(config, "--json-lines", out, *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_results_file_that_is_something_else_is_left_alone(config: Path) -> None:
    before = config.read_bytes()
    result = call(config, "--grid", "seed=0", "--json-lines", config)
    assert result.exit_code == 1
    assert "is left alone" in result.stderr
    assert config.read_bytes() == before


@pytest.mark.slow
def test_ctrl_c_ends_a_sweep_and_the_same_command_goes_on(config: Path, out: Path, wait_until) -> None:
    """In a process group of its own, so that the signal reaches the workers too, as at a terminal."""
    command = [
        sys.executable, "-m", "pcdet_sched", "sweep", str(config), "--grid", "seed=0..3", "--json-lines", str(out),
        "--iterations", "4", "--epochs", "1", "--workers", "1",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_until(lambda: out.exists() and out.read_text().count("\n") >= 1, 120)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert "Traceback" not in stderr
    before = read_trials(out.read_bytes())
    if process.returncode:  # four short runs may be over before the signal comes
        assert process.returncode == 130, stderr
        assert "stopped before the end" in stdout
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{len(before)} of 4 runs are in the file already." in again.stderr
    after = read_trials(out.read_bytes())
    assert after[: len(before)] == before
    assert sorted(trial.description.variant.seed for trial in after) == [0, 1, 2, 3]


@pytest.mark.parametrize("text", ["clip=off", "clip=10 LR=0.003", "precision=fp16 spike=3:inf"])
def test_a_run_is_called_as_it_was_asked_for(text) -> None:
    assert [label(point) for point in parse_grid([text])] == [text]
