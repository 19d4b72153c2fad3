"""Laws of editing, over own samples and every real config."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.config.files import files
from pcdet_sched.config.layout import Layout, is_flow
from pcdet_sched.config.tree import own, way
from pcdet_sched.config.values import same

SAMPLES = {
    "block style": (
        "# 学习率 notes\nMODEL:\n    NAME: Toy   # the model\n\nOPTIMIZATION:\n    BATCH_SIZE_PER_GPU: 4\n"
        "    NUM_EPOCHS: 80 # 30 is not enough\n\n    OPTIMIZER: adam_onecycle\n    # 0.01 diverged\n    LR: 0.003\n"
        "    MOMS: [0.95, 0.85]\n    PCT_START:   0.4  # aligned\n    DECAY_STEP_LIST:\n    - 35 # first\n    - 45\n"
        "    LR_WARMUP: False\n    NOTE: 'it''s' # quoted\n    EMPTY:\n# the end\n"
    ),
    "crlf, mark and no last line break": (
        "\ufeffOPTIMIZATION:\r\n  # 一\r\n  OPTIMIZER: adam\r\n  LR: 1.0e-03 # 二\r\n  STEPS: [1,\r\n    2] # 三"
    ),
    "flow style": "{MODEL: {A: 1}, OPTIMIZATION: {OPTIMIZER: sgd, LR: 1, S: [1,2], C: on, SUB: {A: 1, B: [x]}}} # c\n",
    "flow style over many lines": (
        "OPTIMIZATION: {\n  OPTIMIZER: sgd, # which\n  LR: 0.1,\n  S: [1, # one\n      2],\n  B: off # last\n}\n# end\n"
    ),
    "anchors and merges": (
        "BASE: &base\n  LR: &lr 0.01 # base\n  DECAY: 0.1\nOPTIMIZATION:\n  <<: *base # merged\n  OPTIMIZER: adam\n"
        "  MOMS: &moms [0.95, 0.85]\n  LR_CLIP: *lr # same\n  AGAIN: *moms\nOTHER: {MOMS: *moms, LR: *lr}\n"
    ),
    "repeated keys and old scalars": (
        "---\nOPTIMIZATION:\n  LR: 1\n  NOTE: |\n    two\n    lines\n\n  ? OPTIMIZER\n  : adam # x\n  LR: 2 # wins\n"
        "  LONG: a plain\n    scalar # y\n  LAST: >+\n    kept\n\n...\n"
    ),
}

_BREAKS = "\n\r\x85\u2028\u2029"


def comments(text: str) -> list[tuple[int, str]]:
    """Line (from 1) and text of each comment: what stands behind a # between two tokens."""
    found, end = [], 0
    for token in yaml.scan(text):
        gap = text[end : token.start_mark.index]
        for match in re.finditer(f"#[^{_BREAKS}]*", gap):
            before = text[: end + match.start()]
            found.append((len(re.findall("\r\n|[\n\r\x85\u2028\u2029]", before)) + 1, match.group()))
        end = max(end, token.end_mark.index)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            header = text[token.start_mark.index :].splitlines()[0]
            if "#" in header:
                found.append((token.start_mark.line + 1, header[header.index("#") :]))
    return found


NUMBERS = st.one_of(st.integers(), st.floats(), st.booleans())
WORDS = st.one_of(
    st.sampled_from(["adam", "yes", "1e-3", "1:30", "~", "", " a", "a: b", "a #b", "it's", '"', "\\", ".5", "<<", "="]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
SCALARS = st.one_of(NUMBERS, WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.none()), max_size=4), st.dictionaries(st.sampled_from("ABC"), inner, max_size=2)
    ),
    max_leaves=5,
)
NEW_KEYS = ["BETAS", "WARMUP_ITER", "a key: odd", "#", "yes"]


@st.composite
def edit_steps(draw: st.DrawFn, block: dict[str, Any]) -> list[dict[str, Any]]:
    keys = st.sampled_from([*block, *NEW_KEYS])
    return draw(
        st.lists(st.dictionaries(keys, st.one_of(VALUES, st.none()), min_size=1, max_size=4), min_size=1, max_size=3)
    )


def updated(block: dict[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    for step in steps:
        removed = {key for key, value in step.items() if value is None}
        block = {key: value for key, value in (block | step).items() if key not in removed}
    return block


def spans(config: ps.Config, keys: set[str]) -> set[int]:
    """Where the lines start that these keys of the block and their values take."""
    layout = Layout(config.source)
    block = way(config.source, config.path)[-1].value
    ranges = [(layout.start(slot), layout.end(slot)) for key in keys for slot in own(config.source, block, key)]
    return {line for line in lines(layout) for start, end in ranges if line < end and layout.next_line(line) > start}


def lines(layout: Layout) -> list[int]:
    """Where each line starts."""
    starts = [0]
    while layout.next_line(starts[-1]) < len(layout.text):
        starts.append(layout.next_line(starts[-1]))
    return starts


def outside(config: ps.Config, keys: set[str]) -> str:
    """The file without the lines of these keys."""
    layout, skipped = Layout(config.source), spans(config, keys)
    return "".join(layout.text[at : layout.next_line(at)] for at in lines(layout) if at not in skipped)


def check_laws(text: str, steps: list[dict[str, Any]]) -> None:
    config = before = ps.load(text)
    for step in steps:
        config = config.edit(step)
    assert same(config.optimization, updated(before.original, steps))
    written = config.to_yaml()
    after = replace(before, files=files(written))
    assert same(after.optimization, updated(before.original, steps))
    assert same(yaml.safe_load(written), config.document)
    check_undo(config)
    check_bytes(before, after, config.edits)


def check_undo(config: ps.Config) -> None:
    """Giving each key its first value undoes all; a key that was null cannot be set to it, as None removes a key."""
    original = config.original
    nulls = {key for key in config.edits if key in original and original[key] is None}
    undone = config.edit({key: original.get(key) for key in config.edits if key not in nulls})
    assert set(undone.edits) == nulls
    assert nulls or undone.to_yaml() == config.text


def check_bytes(before: ps.Config, after: ps.Config, edits: dict[str, Any]) -> None:
    """Outside the lines of what was edited not a byte differs; comments go only with removed keys, items and parts."""
    lines_of_their_own = not is_flow(way(before.source, before.path)[-1].value) and after.optimization
    if lines_of_their_own and "&" not in before.text:  # an alias elsewhere may take over an anchor
        assert outside(before, set(edits)).rstrip("\r\n") == outside(after, set(edits)).rstrip("\r\n")
    lost = {key for key, value in edits.items() if value is None or isinstance(before.original.get(key), (list, dict))}
    starts, gone = lines(Layout(before.source)), spans(before, lost)
    remaining = [comment for _, comment in comments(after.text)]
    for line, comment in comments(before.text):
        if starts[line - 1] not in gone:
            assert comment in remaining
            remaining.remove(comment)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(SAMPLES)))
def test_edits_are_a_dict_update_and_undoing_them_gives_the_original_bytes(data: st.DataObject, name: str) -> None:
    text = SAMPLES[name]
    steps = data.draw(edit_steps(ps.load(text).original))
    if "<<" in text:  # what a merge brings in cannot be removed
        steps = [{k: v for k, v in step.items() if v is not None or k not in ("LR", "DECAY")} for step in steps]
    check_laws(text, steps)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_laws_hold_for_every_real_config(corpus: list[Path], data: st.DataObject) -> None:
    with data.draw(st.sampled_from(corpus)).open(encoding="utf-8", newline="") as file:
        text = file.read()
    check_laws(text, data.draw(edit_steps(ps.load(text).original)))
