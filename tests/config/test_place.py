"""Where the block stands: at the top, or where v0.1 of OpenPCDet had it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import pcdet_sched as ps
from pcdet_sched.cli import main
from tests.samples import ALL_OPTIMIZERS as BLOCK

PLAN = ps.RunPlan(samples=3712)
NESTED = "MODEL:\n  TRAIN:\n" + "".join(f"    {line}\n" for line in BLOCK.splitlines())
PLACE = "MODEL.TRAIN.OPTIMIZATION"


@pytest.mark.parametrize("block", [None, PLACE])
def test_a_nested_block_is_opened_and_edited_where_it_stands(block: str | None) -> None:
    config = ps.load(NESTED, block)
    assert config.block == PLACE
    assert config.optimization == ps.load(BLOCK).optimization
    assert config.edit({"LR": 0.5}).to_yaml() == NESTED.replace("LR: 0.003", "LR: 0.5", 1)


@pytest.mark.parametrize("trainer", ["master", "classic"])
def test_the_trainer_stops_at_a_nested_block_and_the_curve_is_what_was_meant(trainer: str) -> None:
    plan = ps.RunPlan(samples=3712, trainer=trainer)
    run, plain = ps.simulate(ps.load(NESTED), plan), ps.simulate(ps.load(BLOCK), plan)
    assert run.crash is not None
    assert (run.crash.stage, run.crash.exception) == ("config", "AttributeError")
    assert run.curve.equals(plain.curve)
    (error,) = ps.check(ps.load(NESTED), plan).errors
    assert PLACE in error.message
    assert error.line == 3


@pytest.mark.parametrize(("text", "old"), [(NESTED, True), (NESTED.replace("TRAIN:", "FOO:"), False)])
def test_only_where_v0_1_had_its_block_is_it_said_to_have_read_it(text: str, old: bool) -> None:
    (error,) = ps.check(ps.load(text), PLAN).errors
    assert ("v0.1" in error.message) is old


def test_a_folder_with_such_a_file_is_checked_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(NESTED)
    result = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert PLACE in result.stdout


@pytest.mark.parametrize(
    "text", ["DATA:\n  OPTIMIZATION: none\n", "- OPTIMIZATION: [1]\n", "A: |\n  OPTIMIZATION: {}\n"]
)
def test_a_folders_file_without_a_block_is_left_out_whatever_it_is_called(text: str, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(BLOCK)
    (tmp_path / "other.yaml").write_text(text)
    result = CliRunner().invoke(main, ["check", "--trainer", "classic", str(tmp_path)])
    assert "other.yaml: no OPTIMIZATION block, left out" in result.stderr
    assert result.exit_code != 2
