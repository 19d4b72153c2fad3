"""`simulate` writes the numbers of the library, and says plainly what it cannot do."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import pcdet_sched as ps
from pcdet_sched.cli import main
from tests.samples import LEAST

BLOCK = LEAST.replace("NUM_EPOCHS: 80", "NUM_EPOCHS: 10")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(BLOCK, encoding="utf-8")
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)])


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def test_the_csv_holds_every_iteration_to_the_last_digit(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "curve.csv"
    result = invoke(file, "--samples", 3712, "--gpus", 8, "--csv", out)
    assert result.exit_code == 0
    expected = ps.simulate(ps.load(BLOCK), ps.RunPlan(samples=3712, gpus=8), "all").curve
    assert read(out.read_text(encoding="utf-8")).equals(expected)


def test_a_dash_writes_to_standard_output_and_every_thins(file: Path) -> None:
    result = invoke(file, "--samples", 3712, "--gpus", 8, "--epochs", 2, "--every", 100, "--csv", "-")
    assert read(result.stdout)["iteration"].tolist() == [0, 100, 200, 231]


def test_the_total_batch_is_shared_over_the_gpus(file: Path) -> None:
    result = invoke(file, "--samples", 3712, "--gpus", 2, "--batch-size", 8, "--epochs", 1, "--csv", "-")
    assert len(read(result.stdout)) == 464


def test_a_run_that_stops_is_named_and_its_curve_still_written(file: Path) -> None:
    steps = "adam\n    LR_DECAY: 0.1\n    LR_CLIP: 0.0\n    LR_WARMUP: no"
    file.write_text(BLOCK.replace("adam_onecycle", steps), encoding="utf-8")
    result = invoke(file, "--samples", 80, "--csv", "-")
    assert result.exit_code == 0
    assert "stops: TypeError at iteration 0" in result.stderr
    assert len(read(result.stdout)) == 200


def test_where_there_is_no_curve_the_exit_is_1(file: Path) -> None:
    file.write_text(BLOCK.replace("0.003", "high"), encoding="utf-8")
    result = invoke(file, "--samples", 80, "--csv", "-")
    assert result.exit_code == 1
    assert not result.stdout


@pytest.mark.parametrize("text", ["a: [", "5", "LR: 0.1", "OPTIMIZATION: 3"])
def test_a_file_that_cannot_be_read_exits_with_2_and_one_sentence(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    result = invoke(file, "--samples", 80, "--csv", "-")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "model.yaml" in result.stderr


def test_an_output_that_cannot_be_written_is_one_sentence(file: Path, tmp_path: Path) -> None:
    result = invoke(file, "--samples", 80, "--csv", tmp_path / "no" / "such" / "folder.csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
