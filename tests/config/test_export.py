"""What is handed out beside the file: the block alone, the diff, the tokens for --set; and what is refused."""

from __future__ import annotations

import ast
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.config.values import same
from pcdet_sched.config.write import text_of

TEXT = """# top
MODEL: {A: 1}
OPTIMIZATION:  # the block
    OPTIMIZER: adam_onecycle
    # why
    LR: 0.003 # 0.01 diverged
    NUM_EPOCHS: 80
    MOMS: [0.95, 0.85]
    STEPS: [35, 45]
    NAMES: [a, b]
    LR_WARMUP: False
    SUB: {A: 1, B: x}
    EMPTY:
TAIL: 1
"""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-07, "1.0e-07"),
        (1.5e-07, "1.5e-07"),
        (1e22, "1.0e+22"),
        (0.001, "0.001"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (math.inf, ".inf"),
        (-math.inf, "-.inf"),
        (math.nan, ".nan"),
        (10**30, "1" + "0" * 30),
        (True, "True"),
        ("adam_onecycle", "adam_onecycle"),
        ("../cfgs/a.yaml", "../cfgs/a.yaml"),
        ("1e-3", "'1e-3'"),
        ("1.0e-3", "'1.0e-3'"),
        ("No", "'No'"),
        ("null", "'null'"),
        ("", "''"),
        ("a: b", "'a: b'"),
        ("it's #1", "'it''s #1'"),
        ("学习率", "学习率"),
        ("a\nb", '"a\\nb"'),
        ("\x00\u2028", '"\\0\\u2028"'),
        ([1, [0.5, None]], "[1, [0.5, null]]"),
        ({"a": [1]}, "{a: [1]}"),
    ],
)
def test_a_value_is_written_as_yaml_1_1_reads_it(value: Any, text: str) -> None:
    assert text_of(value) == text
    assert same(yaml.safe_load(text), value)


@given(
    st.recursive(
        st.one_of(
            st.floats(), st.integers(), st.booleans(), st.none(), st.text(st.characters(exclude_categories=["Cs"]))
        ),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab: #'\"\n", max_size=3), inner)),
        max_leaves=6,
    )
)
@example({"": "x"})
def test_any_value_reads_back_with_its_type_in_block_and_in_flow(value: Any) -> None:
    text = text_of(value)
    assert same(yaml.safe_load(f"a:\n  b: {text} # c\n"), {"a": {"b": value}})
    assert same(yaml.safe_load(f"{{b: {text}, c: [{text}]}}"), {"b": value, "c": [value]})


def test_numbers_of_other_libraries_are_written_as_pythons_own() -> None:
    import numpy as np

    config = ps.load(TEXT).edit({"LR": np.float64(0.01), "NUM_EPOCHS": np.int64(3), "STEPS": (1, np.float32(0.5))})
    assert same(config.edits, {"LR": 0.01, "NUM_EPOCHS": 3, "STEPS": [1, 0.5]})


def test_a_value_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ps.EditError, match="nested"):
        ps.load(TEXT).edit({"LR": endless})


@pytest.mark.parametrize("value", [object(), {1, 2}, {1: object()}, b"x", 1j, [object()], "\ud800"])
def test_a_value_that_yaml_cannot_hold_is_refused_at_once(value: object) -> None:
    with pytest.raises(ps.EditError):
        ps.load(TEXT).edit({"LR": value})


def test_a_value_edited_back_is_no_edit() -> None:
    config = ps.load(TEXT).edit({"LR": 0.01, "NEW": 1, "STEPS": None})
    assert list(config.edits) == ["LR", "NEW", "STEPS"]
    back = config.edit({"LR": 0.003, "NEW": None, "STEPS": [35, 45]})
    assert back.edits == {}
    assert back.to_yaml() == TEXT
    assert ps.load(TEXT).edit({"NUM_EPOCHS": 80.0}).edits == {"NUM_EPOCHS": 80.0}


def test_the_block_alone_has_its_comments_and_edits() -> None:
    block = ps.load(TEXT).edit({"LR": 0.01, "SUB": None, "EMPTY": None}).block_yaml()
    assert block == (
        "OPTIMIZATION:  # the block\n    OPTIMIZER: adam_onecycle\n    # why\n    LR: 0.01 # 0.01 diverged\n"
        "    NUM_EPOCHS: 80\n    MOMS: [0.95, 0.85]\n    STEPS: [35, 45]\n    NAMES: [a, b]\n    LR_WARMUP: False\n"
    )


@pytest.mark.parametrize(
    ("text", "block", "alone"),
    [
        (
            "A:\n    B:\n        OPTIMIZER: x # c\n        LR: 1\nOPTIMIZATION: {}\n",
            "A.B",
            "B:\n    OPTIMIZER: x # c\n    LR: 1\n",
        ),
        ("{OPTIMIZATION: {LR: 1}, A: 2}", "OPTIMIZATION", "OPTIMIZATION: {LR: 1}\n"),
        ("A: &a 1\nOPTIMIZATION:\n  LR: *a\n", "OPTIMIZATION", "OPTIMIZATION:\n  LR: 1\n"),
        ("OPTIMIZATION:\r\n  LR: 1", "OPTIMIZATION", "OPTIMIZATION:\r\n  LR: 1\r\n"),
    ],
)
def test_the_block_alone_can_be_read_alone(text: str, block: str, alone: str) -> None:
    assert ps.load(text, block).block_yaml() == alone


def test_every_real_block_alone_gives_its_values(corpus: list[Path]) -> None:
    for path in corpus[::6]:
        config = ps.load(path.read_bytes())
        assert same(yaml.safe_load(config.block_yaml()), {config.block.rpartition(".")[2]: config.optimization})


def test_the_diff_is_empty_without_edits_and_shows_only_what_changes() -> None:
    assert ps.load(TEXT).diff() == ""
    diff = ps.load(TEXT).edit({"LR": 0.01}).diff()
    changed = [line for line in diff.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-    LR: 0.003 # 0.01 diverged", "+    LR: 0.01 # 0.01 diverged"]


@pytest.mark.parametrize("libyaml", [True, False])
def test_the_quick_diff_of_every_real_config_is_the_diff(
    corpus: list[Path], libyaml: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not libyaml:
        monkeypatch.setattr("pcdet_sched.config.reader._QUICK", None)
    for path in corpus[::9]:
        config = ps.load(path.read_bytes())
        for edits in ({"LR": 0.0123}, {"OPTIMIZER": None, "BETAS": [0.9, 0.99], "NEW": "a: b"}):
            assert config.edit(edits).diff(quick=True) == config.edit(edits).diff() != ""


def test_the_quick_diff_of_an_edit_that_libyaml_reads_another_way_is_judged_by_the_reader_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = ps.load(TEXT).edit({"LR": 0.01})
    whole = config.diff()
    monkeypatch.setattr("pcdet_sched.config.model.reads_quickly_as", lambda *_: False)
    assert ps.load(TEXT).edit({"LR": 0.01}).diff(quick=True) == whole


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patch")
@pytest.mark.parametrize("text", [TEXT, TEXT.rstrip("\n"), TEXT.replace("\n", "\r\n")])
def test_the_diff_is_a_patch(text: str, tmp_path: Path) -> None:
    config = ps.load(text).edit({"LR": 0.01, "OPTIMIZER": None, "BETAS": [0.9, 0.99]})
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8", newline="")
    command = ["git", "apply", "-p0", "--unsafe-paths", "--whitespace=nowarn", "-"]
    subprocess.run(command, input=config.diff().encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "config.yaml").read_bytes() == config.to_yaml().encode()


def trainer_set(document: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
    """The trainer's `--set` by its description: literal or string, the key must exist, the type must stay."""
    for name, token in zip(tokens[::2], tokens[1::2], strict=True):
        *way, key = name.split(".")
        place = document
        for step in way:
            place = place[step]
        try:
            value = ast.literal_eval(token)
        except (ValueError, SyntaxError):
            value = token
        if isinstance(place[key], list) and type(value) is not list:
            value = [type(place[key][0])(part) for part in value.split(",")]
        assert type(value) is type(place[key])
        place[key] = value
    return document


FLAGS: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"LR": 0.01}, ["OPTIMIZATION.LR", "0.01"], []),
    ({"LR": 1e-07}, ["OPTIMIZATION.LR", "1e-07"], []),
    ({"LR": -1e-07}, ["OPTIMIZATION.LR", "-1e-07"], []),
    ({"LR": math.inf}, ["OPTIMIZATION.LR", "1e999"], []),
    ({"LR": math.nan}, [], ["LR"]),
    ({"LR": 1}, [], ["LR"]),
    ({"NUM_EPOCHS": 30}, ["OPTIMIZATION.NUM_EPOCHS", "30"], []),
    ({"NUM_EPOCHS": 30.0}, [], ["NUM_EPOCHS"]),
    ({"NUM_EPOCHS": True}, [], ["NUM_EPOCHS"]),
    ({"LR_WARMUP": True}, ["OPTIMIZATION.LR_WARMUP", "True"], []),
    ({"OPTIMIZER": "sgd"}, ["OPTIMIZATION.OPTIMIZER", "sgd"], []),
    ({"OPTIMIZER": "10"}, ["OPTIMIZATION.OPTIMIZER", "'10'"], []),
    ({"OPTIMIZER": "a\\d"}, ["OPTIMIZATION.OPTIMIZER", "a\\d"], []),
    ({"OPTIMIZER": "'\\d'"}, ["OPTIMIZATION.OPTIMIZER", "\"'\\\\d'\""], []),
    ({"MOMS": [0.9, 0.8]}, ["OPTIMIZATION.MOMS", "[0.9,0.8]"], []),
    ({"MOMS": [1, 2.0, "x"]}, ["OPTIMIZATION.MOMS", "[1,2.0,'x']"], []),
    ({"MOMS": [math.nan, math.inf]}, ["OPTIMIZATION.MOMS", "nan,inf"], []),
    ({"STEPS": []}, ["OPTIMIZATION.STEPS", "[]"], []),
    ({"STEPS": 3}, [], ["STEPS"]),
    ({"SUB": {"A": 2, "B": "x"}}, ["OPTIMIZATION.SUB.A", "2"], []),
    ({"SUB": {"A": 2}}, [], ["SUB"]),
    ({"EMPTY": 1.0}, [], ["EMPTY"]),
    ({"BETAS": [0.9, 0.99]}, [], ["BETAS"]),
    ({"LR": None, "NUM_EPOCHS": 3}, ["OPTIMIZATION.NUM_EPOCHS", "3"], ["LR"]),
]


@pytest.mark.parametrize(("edits", "tokens", "refused"), FLAGS)
def test_tokens_for_set_give_the_meant_value_and_type(
    edits: dict[str, Any], tokens: list[str], refused: list[str]
) -> None:
    config = ps.load(TEXT).edit(edits)
    assert config.set_flags() == tokens
    assert list(config.set_refusals()) == refused
    meant = ps.load(TEXT).edit({key: value for key, value in edits.items() if key not in refused}).document
    assert same(trainer_set(ps.load(TEXT).document, tokens), meant)


def test_a_refusal_by_set_says_why() -> None:
    refusals = ps.load(TEXT).edit({"LR": 1, "BETAS": [1], "MOMS": None, "STEPS": 3}).set_refusals()
    assert refusals["LR"] == "--set keeps the type: the file has a float here, this is an integer: write 1.0"
    assert "new" in refusals["BETAS"]
    assert "remove" in refusals["MOMS"]
    assert "a list here, this is an integer" in refusals["STEPS"]


def test_tokens_for_a_nested_block_have_its_path_and_a_list_on_the_way_has_none() -> None:
    text = "OPTIMIZATION: {A: {OPTIMIZER: x, LR: 0.1}, L: [{OPTIMIZER: x, LR: 0.1}], a.b: {OPTIMIZER: x, LR: 0.1}}"
    assert ps.load(text, "OPTIMIZATION.A").edit({"LR": 0.2}).set_flags() == ["OPTIMIZATION.A.LR", "0.2"]
    for block in ("OPTIMIZATION.L.0", "OPTIMIZATION.a.b"):
        config = ps.load(text, block).edit({"LR": 0.2})
        assert config.set_flags() == []
        assert "LR" in config.set_refusals()


@pytest.mark.parametrize(
    ("text", "edits", "reason"),
    [
        ("B: &b {LR: 1}\nOPTIMIZATION: {<<: *b, X: 1}\n", {"LR": None}, "line 1"),
        ("B: &b {LR: 1}\nOPTIMIZATION: {<<: *b, LR: 2}\n", {"LR": None}, "merge"),
        ("OPTIMIZATION: &o {LR: 1}\nOTHER: *o\n", {"LR": 2}, "used again in line 2"),
        ("OTHER: &o {LR: 1}\nOPTIMIZATION: *o\n", {"LR": 2}, "would change both"),
        ("OPTIMIZATION: &o {LR: 1}\nOTHER: {<<: *o}\n", {"LR": 2}, "would change both"),
        ("B: &b {OPTIMIZATION: {LR: 1}}\n<<: *b\n", {"LR": 2}, "would change both"),
        ("OPTIMIZATION: {LR: 1}\n", {"X" * 2000: 2}, "no longer be YAML"),
        ("OPTIMIZATION: {LR: 1}\n", {"S": list(range(20_000))}, "no longer be YAML"),
    ],
)
def test_an_edit_that_would_not_read_back_as_meant_is_an_error_and_no_file(text: str, edits: Any, reason: str) -> None:
    config = ps.load(text).edit(edits)
    for hand_out in (config.to_yaml, config.diff, config.block_yaml):
        with pytest.raises(ps.EditError, match=reason):
            hand_out()


def test_an_alias_that_has_to_change_gets_a_note() -> None:
    config = ps.load("OPTIMIZATION:\n  LR: &lr 0.003\nOTHER: *lr\n").edit({"LR": 0.01})
    assert config.notes() == ("line 3: *lr keeps 0.003, written out there now",)
    assert ps.load(TEXT).edit({"LR": 0.01}).notes() == ()


def test_an_edit_parses_no_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ps.load(TEXT)
    monkeypatch.setattr("pcdet_sched.config.reader.Reader.get_single_node", None)
    assert config.edit({"LR": 0.01}).optimization["LR"] == 0.01
    with pytest.raises(ps.EditError):
        config.edit({"LR": 0.01}).to_yaml()


def test_a_text_is_parsed_once_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = yaml.SafeLoader.__init__
    monkeypatch.setattr(yaml.SafeLoader, "__init__", lambda self, text: (calls.append(1), real(self, text))[1])
    config = ps.load(TEXT)
    assert config.duplicates == ()
    assert config.position("LR")
    assert calls == [1]


@pytest.mark.parametrize(
    "harm", [("LR: 0.01", "LR: 0.02"), ("LR: 0.01", "LR: '0.01'"), ("TAIL: 1", "TAIL: 1.0"), ("TAIL: 1", "")]
)
def test_a_text_that_says_anything_else_is_never_handed_out(
    harm: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pcdet_sched.config.cuts import Cuts

    real = Cuts.result
    monkeypatch.setattr(Cuts, "result", lambda self: real(self).replace(*harm))
    with pytest.raises(ps.EditError, match="would not read back as meant"):
        ps.load(TEXT).edit({"LR": 0.01}).to_yaml()


@pytest.mark.parametrize(
    ("a", "b"), [(1, 1.0), (1, True), (0.0, -0.0), ([1], [True]), ({"a": 1}, {"a": 1.0}), ({1: 2}, {True: 2})]
)
def test_values_of_other_types_are_not_the_same(a: Any, b: Any) -> None:
    assert not same(a, b)
    assert same(a, a)
    assert same(b, b)
