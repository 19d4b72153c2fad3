"""Reading: what PyYAML reads, in which block, with each thing's place."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import yaml

import pcdet_sched as ps
from pcdet_sched.config import Duplicate, Position
from pcdet_sched.config.values import same

TRAPS = """OPTIMIZATION:
  A: [1e-3, 1.0e-3, 1E-7, 1e3, .5, 1., 010, 0b1, 1:30, 1_0, yes, off, ~, 0x1F, 2001-12-14, '1', =x]
  "B": !!float 1
  LR: 0.001
  LR: 0.002
"""


def test_values_are_what_the_trainers_loader_gives() -> None:
    config = ps.load(TRAPS)
    assert same(config.document, yaml.safe_load(TRAPS))
    assert config.optimization["A"][:2] == ["1e-3", 0.001]
    assert config.optimization["LR"] == 0.002


def test_an_unedited_file_comes_back_byte_for_byte() -> None:
    data = "\ufeff# 备注\r\nOPTIMIZATION:\r\n    LR: 0.003 # 0.01 diverged\r\n    X: 1".encode()
    assert ps.load(data).to_yaml().encode() == data
    assert ps.load(data).text == data.decode()


@pytest.mark.slow
def test_every_real_config_reads_as_pyyaml_reads_it_and_comes_back_byte_for_byte(corpus: list[Path]) -> None:
    assert len(corpus) > 200
    for path in corpus:
        data, config = path.read_bytes(), ps.load(path.read_bytes())
        with path.open(encoding="utf-8") as file:
            assert same(config.document, yaml.safe_load(file))
        assert config.to_yaml().encode() == data
        assert config.block in config.blocks
        assert all(config.position(key) for key in config.original)


def verdict(data: bytes) -> str:
    try:
        return "read" if ps.load(data).to_yaml().encode() == data else "changed"
    except ps.ConfigError as error:
        return "refused with a place" if error.line and error.column else "refused"


def test_every_damaged_config_is_read_or_refused_with_a_place(shared: Path) -> None:
    verdicts = [verdict(path.read_bytes()) for path in (shared / "corpus" / "damaged").glob("*.yaml")]
    assert {"read", "refused with a place"} == set(verdicts)


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\x85"])
def test_line_ends_do_not_change_values(line_break: str) -> None:
    text = "OPTIMIZATION:\n  A: 'one\n\n   two'\n  B: |\n    x\n    y\n  C: a\n   b # c\n  D: \"a\\\n    b\"\n"
    assert ps.load(text.replace("\n", line_break)).document == yaml.safe_load(text)


def test_positions_are_of_the_key_that_counts_and_count_from_one() -> None:
    config = ps.load("B: &b {X: 1}\nOPTIMIZATION:\n  LR: 1\n  <<: *b\n  M: &m 2\n  LR:   3\n  W: *m\n")
    assert config.position("LR") == Position(6, 3)
    assert config.value_position("LR") == Position(6, 9)
    assert config.value_position("W") == Position(7, 6)
    assert config.position("X") == Position(1, 8)
    assert config.position("NONE") is None


def test_repeated_keys_are_found_anywhere() -> None:
    config = ps.load("A:\n- {X: 1, X: 2}\nOPTIMIZATION:\n  LR: 1\n  'LR': 2\nA: 1\n")
    assert config.duplicates == (
        Duplicate("", "A", (Position(1, 1), Position(6, 1))),
        Duplicate("A.0", "X", (Position(2, 4), Position(2, 10))),
        Duplicate("OPTIMIZATION", "LR", (Position(4, 3), Position(5, 3))),
    )


NESTED = """OCC_OPTIMIZATION: {OPTIMIZER: sgd, LR: 5}
OPTIMIZATION:
  NUM_EPOCHS: 3
  PRETRAIN: {OPTIMIZER: adam, LR: 1}
  SEMI: {STUDENT: {OPTIMIZER: adam, LR: 2}}
LIST: [{OPTIMIZER: adam, LR: 3}]
"""


def test_the_first_nested_block_is_the_default_where_optimization_names_no_optimizer() -> None:
    config = ps.load(NESTED)
    assert config.block == "OPTIMIZATION.PRETRAIN"
    assert config.blocks == ("OCC_OPTIMIZATION", "OPTIMIZATION.PRETRAIN", "OPTIMIZATION.SEMI.STUDENT", "LIST.0")


def test_optimization_is_the_default_and_first_where_it_names_an_optimizer() -> None:
    config = ps.load(NESTED.replace("NUM_EPOCHS: 3", "{OPTIMIZER: adam, LR: 9}"[1:-1].replace(", ", "\n  ")))
    assert config.block == config.blocks[0] == "OPTIMIZATION"
    assert ps.load("OPTIMIZATION: {A: 1}\nB: {OPTIMIZER: adam, LR: 1}").block == "OPTIMIZATION"


def test_a_chosen_block_is_read_and_edited_and_nothing_else() -> None:
    for block, lr in [("OPTIMIZATION.SEMI.STUDENT", 2), ("OCC_OPTIMIZATION", 5), ("LIST.0", 3)]:
        config = ps.load(NESTED, block=block)
        assert config.optimization["LR"] == lr
        assert config.edit({"LR": 7}).to_yaml() == NESTED.replace(f"LR: {lr}", "LR: 7")


def test_an_unknown_block_is_an_error_that_names_those_that_exist() -> None:
    with pytest.raises(ps.ConfigError, match=r"no block B; the file has OCC_OPTIMIZATION, OPTIMIZATION\.PRETRAIN"):
        ps.load(NESTED, block="B")


def test_a_config_survives_pickling_with_its_edits() -> None:
    config = ps.load(NESTED).edit({"LR": 2})
    config.to_yaml()
    again = pickle.loads(pickle.dumps(config))  # noqa: S301
    assert again.to_yaml() == config.to_yaml()
    assert again.edit({"LR": 3}).to_yaml() == config.edit({"LR": 3}).to_yaml()


def test_what_a_config_hands_out_can_be_changed_without_harm() -> None:
    config = ps.load("OPTIMIZATION: {S: [1]}").edit({"MOMS": [0.9]})
    for values in (config.optimization, config.original, config.edits, config.document["OPTIMIZATION"]):
        for value in values.values():
            value.append(5)
    assert config.optimization == {"S": [1], "MOMS": [0.9]}
    assert config.document == {"OPTIMIZATION": {"S": [1], "MOMS": [0.9]}}
