"""`--checkout` and `checkout` on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pcdet_sched.checkout.differences import differences
from pcdet_sched.cli import main
from tests.checkout.styles import BLOCK, write

# What our records say of these is not known from the forks themselves.
UNSURE = {
    ("CVMI-Lab/PLA", "OPTIMIZER: adam_onecycle, SCHEDULER: poly"),
    ("barzanisar/OpenPCDet", "OPTIMIZER: adam, without DECAY_STEP_LIST"),
}
SAMPLES = ["--samples", "80"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "model.yaml"
    path.write_text(json.dumps({"OPTIMIZATION": BLOCK}), encoding="utf-8")
    return str(path)


def test_the_csv_on_standard_output_has_the_curve_and_nothing_that_the_checkout_prints(
    file: str, tmp_path: Path
) -> None:
    checkout = str(write(tmp_path, "prints"))
    by_code = CliRunner().invoke(main, ["simulate", file, *SAMPLES, "--csv", "-", "--checkout", checkout])
    assert by_code.exit_code == 0, by_code.output
    by_rule = CliRunner().invoke(main, ["simulate", file, *SAMPLES, "--csv", "-", "--trainer", "classic"])
    rows = [list(csv.DictReader(io.StringIO(result.stdout))) for result in (by_code, by_rule)]
    assert len(rows[0]) == len(rows[1]) == 120
    for got, expected in zip(*rows, strict=True):
        assert got.keys() == expected.keys()
        assert float(got["lr"]) == pytest.approx(float(expected["lr"]), rel=1e-12)
    assert "identical to master in all that matters here" in by_code.stderr


@pytest.mark.slow
def test_check_says_what_the_checkout_does_and_where_it_stops(file: str, tmp_path: Path) -> None:
    same = CliRunner().invoke(main, ["check", file, *SAMPLES, "--checkout", str(write(tmp_path, "classic"))])
    assert same.exit_code == 0, same.output
    assert "Trains on the checkout." in same.stderr
    other = write(tmp_path, "another formula")
    place = other / "tools/train_utils/optimization/learning_schedules_fastai.py"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("    return start + (end - start) * share", "    raise LookupError('no such line')"))
    stops = CliRunner().invoke(main, ["check", file, *SAMPLES, "--checkout", str(other)])
    assert stops.exit_code == 1, stops.output
    assert "Stops at iteration 0 on the checkout" in stops.stderr
    line = text[: text.index("    return start + (end - start) * share")].count("\n") + 1
    assert f"learning_schedules_fastai.py, line {line}" in stops.stdout


@pytest.mark.slow
def test_check_names_the_keys_that_an_unknown_trainer_never_asks_for(file: str, tmp_path: Path) -> None:
    checked = CliRunner().invoke(
        main, ["check", file, *SAMPLES, "--format", "json", "--checkout", str(write(tmp_path, "another formula"))]
    )
    assert checked.exit_code == 0, checked.output
    assert "`LR_WARMUP`" in checked.stdout
    assert "`DIV_FACTOR`" not in checked.stdout


@pytest.mark.slow
def test_compare_steps_each_file(file: str, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(json.dumps({"OPTIMIZATION": BLOCK | {"LR": 0.002}}), encoding="utf-8")
    found = CliRunner().invoke(
        main, ["compare", file, str(other), *SAMPLES, "--checkout", str(write(tmp_path, "classic"))]
    )
    assert found.exit_code == 0, found.output
    assert "LR: 0.004 | 0.002" in found.stdout
    assert found.stderr.count("Stepped by the code of") == 2


def test_a_checkout_that_cannot_be_run_is_one_sentence_and_exit_1(file: str, tmp_path: Path) -> None:
    checkout = str(write(tmp_path, "no Python"))
    result = CliRunner().invoke(main, ["simulate", file, *SAMPLES, "--csv", "-", "--checkout", checkout])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The checkout cannot be run: tools/train_utils/optimization/__init__.py,")


def test_a_checkout_is_a_trainer_of_its_own(file: str, tmp_path: Path) -> None:
    checkout = ["--checkout", str(tmp_path), "--trainer", "classic"]
    result = CliRunner().invoke(main, ["simulate", file, *SAMPLES, "--csv", "-", *checkout])
    assert result.exit_code == 2
    assert "leave --trainer out" in result.stderr


@pytest.mark.parametrize("name", ["simulate", "check", "compare", "checkout", "app"])
def test_the_help_says_that_the_code_is_executed(name: str) -> None:
    text = " ".join(CliRunner().invoke(main, [name, "--help"]).stdout.split())
    assert "executes the code that lies there" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "style", ["master", "classic", "EmiyaNing/OpenPCDet", "barzanisar/OpenPCDet", "CVMI-Lab/PLA", "sshaoshuai/MTR",
              "xiangruhuang/OpenPCDet"],
)  # fmt: skip
def test_a_checkout_in_a_forks_style_is_identical_to_the_fork(style: str, tmp_path: Path) -> None:
    found = differences(write(tmp_path, style))
    assert found.nearest == style
    assert [row for row in found.rows if (style, row.aspect) not in UNSURE] == []
    if not found.rows:
        assert found.sentence.startswith(f"Identical to {style} in all that matters here")


@pytest.mark.slow
def test_the_table_shows_what_differs_and_nothing_else(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["checkout", str(write(tmp_path, "another formula"))])
    assert result.exit_code == 0, result.output
    assert "Nearest known trainer: classic" in result.stdout
    table = result.stdout[result.stdout.index("aspect") :].splitlines()[1:]
    assert table
    assert all(row.startswith("OPTIMIZER: adam_onecycle") for row in table)
