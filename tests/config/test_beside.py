"""Two files that the trainer lays over one another: what they say together, and edits of the one that says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.cli import main
from pcdet_sched.config.values import same

MODEL = """CLASS_NAMES: ['Car'] # one
OPTIMIZATION:
    OPTIMIZER: adam_onecycle
    LR: 0.003   # of the model
    NUM_EPOCHS: 80
    NMS: {T: 0.1, K: 5}
"""
OPT = """# the schedule
OPTIMIZATION: {LR: 0.01, SCHEDULER: OneCycle,
  NMS: {T: 0.2}} # end"""


def test_the_second_files_optimization_is_laid_over_the_first() -> None:
    config = ps.load(MODEL, beside=OPT)
    want = {"OPTIMIZER": "adam_onecycle", "LR": 0.01, "NUM_EPOCHS": 80, "NMS": {"T": 0.2, "K": 5}}
    assert config.optimization == want | {"SCHEDULER": "OneCycle"}
    assert config.to_yaml() == MODEL
    assert config.beside_yaml() == OPT
    assert ps.load(MODEL).beside_yaml() is None


def test_only_the_optimization_of_a_second_file_counts() -> None:
    assert ps.load(MODEL, beside=OPT + "\nCLASS_NAMES: [Bus]\n").document["CLASS_NAMES"] == ["Car"]


def test_the_schedule_may_stand_in_the_second_file_alone() -> None:
    config = ps.load("MODEL: {}\n", beside=MODEL).edit({"LR": 1})
    assert config.to_yaml() == "MODEL: {}\n"
    assert config.beside_yaml() == MODEL.replace("0.003", "1")


@pytest.mark.parametrize("place", ["", "OPTIMIZATION: "])
def test_a_base_config_is_merged_in_first(place: str) -> None:
    if place:
        base, text = "LR: 1\nPCT_START: 0.4\n", "OPTIMIZATION: {_BASE_CONFIG_: a.yaml, OPTIMIZER: adam, LR: 2}"
    else:
        base, text = (
            "OPTIMIZATION: {LR: 1, PCT_START: 0.4}",
            "_BASE_CONFIG_: a.yaml\nOPTIMIZATION: {OPTIMIZER: adam, LR: 2}",
        )
    config = ps.load(text, beside=base)
    assert config.optimization.items() >= {"LR": 2, "PCT_START": 0.4, "OPTIMIZER": "adam"}.items()
    assert ps.load(text).needs_base
    assert not config.needs_base
    edited = config.edit({"PCT_START": 0.3, "LR": 5, "MOMS": [1, 2]})
    assert edited.beside_yaml() == base.replace("0.4", "0.3")
    assert edited.to_yaml() == text.replace("LR: 2", "LR: 5, MOMS: [1, 2]")


def test_a_data_sets_base_is_merged_where_it_is_named() -> None:
    text = "DATA_CONFIG: {_BASE_CONFIG_: kitti.yaml, X: 1}\n" + MODEL
    document = ps.load(text, beside="DATASET: KittiDataset\nX: 2\n").document
    assert document["DATA_CONFIG"] == {"DATASET": "KittiDataset", "X": 1, "_BASE_CONFIG_": "kitti.yaml"}


def test_each_edit_goes_to_the_file_that_says_it() -> None:
    config = ps.load(MODEL, beside=OPT).edit({"LR": 0.02, "NUM_EPOCHS": 6, "DIV_FACTOR": 10})
    assert config.to_yaml() == MODEL.replace("80", "6").replace("K: 5}\n", "K: 5}\n    DIV_FACTOR: 10\n")
    assert config.beside_yaml() == OPT.replace("0.01", "0.02")
    diff = config.diff()
    assert diff.count("+++ config.yaml") == diff.count("+++ beside.yaml") == 1
    assert config.edits == {"LR": 0.02, "NUM_EPOCHS": 6, "DIV_FACTOR": 10}


def test_a_removed_key_goes_from_both_files() -> None:
    config = ps.load(MODEL, beside=OPT).edit({"LR": None})
    assert config.to_yaml() == MODEL.replace("    LR: 0.003   # of the model\n", "")
    assert config.beside_yaml() == OPT.replace("LR: 0.01, ", "")
    assert "LR" not in config.optimization


def test_an_edit_that_the_other_file_would_show_through_is_refused() -> None:
    config = ps.load(MODEL, beside=OPT).edit({"NMS": {"T": 1}})
    with pytest.raises(ps.EditError, match="come through"):
        config.to_yaml()


def test_a_place_is_one_in_the_file_that_was_opened() -> None:
    config = ps.load(MODEL, beside=OPT)
    assert config.position("SCHEDULER") is None
    assert config.position("NUM_EPOCHS") is not None
    (finding,) = [f for f in ps.check(config, ps.RunPlan(samples=10)).findings if f.key == "MOMS"][:1]
    assert finding.line == config.place.line == 2


@pytest.mark.parametrize(
    ("second", "reason"),
    [("[1]", "no mapping OPTIMIZATION"), ("A: 1", "names no _BASE_CONFIG_"), ("a: [", "second file")],
)
def test_a_second_file_without_a_place_is_refused(second: str, reason: str) -> None:
    with pytest.raises(ps.ConfigError, match=reason):
        ps.load(MODEL, beside=second)


KEYS = ["OPTIMIZER", "LR", "NUM_EPOCHS", "SCHEDULER", "NMS", "NEW", "MORE"]
VALUES = st.one_of(st.none(), st.sampled_from([1, 0.5, True, "adam", [1, 2], []]), st.floats(0, 1))


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES), max_size=4), st.booleans())
def test_edits_of_two_files_are_a_dict_update_and_come_undone_byte_for_byte(steps: list[Any], base: bool) -> None:
    texts = ("_BASE_CONFIG_: x\n" + MODEL, OPT) if base else (MODEL, OPT)
    config = first = ps.load(texts[0], beside=texts[1])
    want = first.original
    for edits in steps:
        config = config.edit(edits)
        want = {key: value for key, value in (want | edits).items() if value is not None}
    assert same(config.optimization, want)
    written = config.to_yaml(), config.beside_yaml()
    assert all(isinstance(yaml.safe_load(text or ""), dict) for text in written)
    if isinstance(config.document.get("OPTIMIZATION"), dict) and "OPTIMIZATION" in yaml.safe_load(written[1] or ""):
        again = ps.load(written[0], "OPTIMIZATION", written[1])
        assert same(again.optimization, config.optimization)
    undone = config.edit({key: first.original.get(key) for key in config.edits})
    assert (undone.to_yaml(), undone.beside_yaml()) == texts


@pytest.mark.parametrize("command", ["check", "simulate", "compare"])
def test_commands_take_the_second_file(command: str, tmp_path: Path) -> None:
    from tests.samples import ALL_OPTIMIZERS

    (tmp_path / "model.yaml").write_text("MODEL: {}\nOPTIMIZATION: {LR: 5.0}\n")
    (tmp_path / "schedule.yaml").write_text(ALL_OPTIMIZERS)
    extra = ["--csv", "-", "--every", "1000"] if command == "simulate" else []
    files = [command, str(tmp_path / "model.yaml"), "--samples", "3712", "--trainer", "master"]
    alone = CliRunner().invoke(main, [*files, *extra])
    both = CliRunner().invoke(main, [*files, "--with", str(tmp_path / "schedule.yaml"), *extra])
    assert both.exit_code == 0, both.output
    assert alone.output != both.output
    missing = CliRunner().invoke(main, [*files, "--with", str(tmp_path / "none.yaml"), *extra])
    assert missing.exit_code == 2
    (tmp_path / "none.yaml").write_text("A: 1")
    unplaced = CliRunner().invoke(main, [*files, "--with", str(tmp_path / "none.yaml"), *extra])
    assert "no mapping OPTIMIZATION" in unplaced.output
    assert unplaced.exit_code == 2
