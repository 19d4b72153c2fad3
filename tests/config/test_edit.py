"""Edits: exactly the bytes of what was edited change."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import pcdet_sched as ps

# By name: the file before, the edits, the file after.
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "the comment behind a scalar stays": (
        "OPTIMIZATION:\n    LR: 0.003   # 0.01 diverged\n    X: 1\n",
        {"LR": 0.01},
        "OPTIMIZATION:\n    LR: 0.01   # 0.01 diverged\n    X: 1\n",
    ),
    "a new key goes to the end of the block with its indent": (
        "OPTIMIZATION:\n   LR: 0.003 # why\n\nMODEL: {}\n",
        {"BETAS": [0.9, 0.99]},
        "OPTIMIZATION:\n   LR: 0.003 # why\n   BETAS: [0.9, 0.99]\n\nMODEL: {}\n",
    ),
    "a new key takes the line ends of the file": (
        "OPTIMIZATION:\r\n  LR: 0.003\r\nMODEL: 1\r\n",
        {"X": 1},
        "OPTIMIZATION:\r\n  LR: 0.003\r\n  X: 1\r\nMODEL: 1\r\n",
    ),
    "a new key in a file with old line ends": (
        "OPTIMIZATION:\r  LR: 0.003\rMODEL: 1\r",
        {"X": 1},
        "OPTIMIZATION:\r  LR: 0.003\r  X: 1\rMODEL: 1\r",
    ),
    "a new key at the very end of a file without a final line break": (
        "\ufeffOPTIMIZATION:\n  LR: 0.003 # 学习率",
        {"X": 1},
        "\ufeffOPTIMIZATION:\n  LR: 0.003 # 学习率\n  X: 1",
    ),
    "a new key in a file of one line": ("OPTIMIZATION: {LR: 1}", {"X": 2}, "OPTIMIZATION: {LR: 1, X: 2}"),
    "a new key after a nested mapping": (
        "OPTIMIZATION:\n  SUB:\n    A:\n      - 1\n      - 2 # two\n  # last words\n",
        {"LR": 1.0},
        "OPTIMIZATION:\n  SUB:\n    A:\n      - 1\n      - 2 # two\n  LR: 1.0\n  # last words\n",
    ),
    "a new key before a document's end mark": (
        "---\nOPTIMIZATION:\n  LR: 1\n...\n",
        {"X": 2},
        "---\nOPTIMIZATION:\n  LR: 1\n  X: 2\n...\n",
    ),
    "a new key after a scalar that keeps its blank lines": (
        "OPTIMIZATION:\n  NOTE: |+\n    text\n\nMODEL: 1\n",
        {"X": 2},
        "OPTIMIZATION:\n  NOTE: |+\n    text\n\n  X: 2\nMODEL: 1\n",
    ),
    "a removed key takes its line and only that": (
        "OPTIMIZATION:\n  # one\n  LR: 1 # gone\n  # two\n  X: 2\n",
        {"LR": None},
        "OPTIMIZATION:\n  # one\n  # two\n  X: 2\n",
    ),
    "a removed key takes all the lines of its value": (
        "OPTIMIZATION:\n  MOMS: [0.95,\n    0.85]\n  STEPS:\n  - 35\n  - 45\n  X: 2\n",
        {"MOMS": None, "STEPS": None},
        "OPTIMIZATION:\n  X: 2\n",
    ),
    "a removed last key leaves no line break behind": (
        "OPTIMIZATION:\n  LR: 1\n  W: 2\n  X: 2",
        {"X": None, "W": None},
        "OPTIMIZATION:\n  LR: 1",
    ),
    "the last key removed and another added": ("OPTIMIZATION:\n  LR: 1", {"LR": None, "X": 2}, "OPTIMIZATION:\n  X: 2"),
    "the only key removed leaves a mapping": (
        "OPTIMIZATION: # here\n  # one\n  LR: 1 # gone\nMODEL: 1\n",
        {"LR": None},
        "OPTIMIZATION: {} # here\n  # one\nMODEL: 1\n",
    ),
    "a repeated key: the last one is edited": (
        "OPTIMIZATION:\n  LR: 1\n  X: 0\n  LR: 2\n",
        {"LR": 3},
        "OPTIMIZATION:\n  LR: 1\n  X: 0\n  LR: 3\n",
    ),
    "a repeated key: all go": ("OPTIMIZATION:\n  LR: 1\n  X: 0\n  LR: 2\n", {"LR": None}, "OPTIMIZATION:\n  X: 0\n"),
    "an empty value": (
        "OPTIMIZATION:\n  LR:  # later\n  X: 1\n",
        {"LR": 0.1},
        "OPTIMIZATION:\n  LR: 0.1  # later\n  X: 1\n",
    ),
    "an empty value at the end": ("OPTIMIZATION:\n  LR:", {"LR": 0.1}, "OPTIMIZATION:\n  LR: 0.1"),
    "a null": ("OPTIMIZATION:\n  LR: ~\n", {"LR": 0.1}, "OPTIMIZATION:\n  LR: 0.1\n"),
    "a value on the next line": (
        "OPTIMIZATION:\n  LR:\n    0.3 # c\n",
        {"LR": 0.1},
        "OPTIMIZATION:\n  LR:\n    0.1 # c\n",
    ),
    "quotes stay round a string": (
        "OPTIMIZATION:\n  A: \"adam\"\n  B: 'adam'\n  C: adam\n",
        {"A": 'sg"d', "B": "sgd", "C": "sgd"},
        'OPTIMIZATION:\n  A: "sg\\"d"\n  B: \'sgd\'\n  C: sgd\n',
    ),
    "quotes go from round a number": ("OPTIMIZATION: {LR: '1e-3'}", {"LR": 0.001}, "OPTIMIZATION: {LR: 0.001}"),
    "quotes come where YAML 1.1 would read no string": (
        "OPTIMIZATION:\n  A: adam\n  B: adam\n  C: adam\n",
        {"A": "yes", "B": "1e-3", "C": "1:30"},
        "OPTIMIZATION:\n  A: 'yes'\n  B: '1e-3'\n  C: '1:30'\n",
    ),
    "a bool in the words that were there": (
        "OPTIMIZATION: {A: True, B: false, C: yes, D: 'off', E: OFF}",
        {"A": False, "B": True, "C": False, "D": True, "E": True},
        "OPTIMIZATION: {A: False, B: true, C: no, D: True, E: ON}",
    ),
    "a new bool in the file's words": (
        "M: {X: false, W: true}\nOPTIMIZATION:\n  LR: 1\n",
        {"LR_WARMUP": True},
        "M: {X: false, W: true}\nOPTIMIZATION:\n  LR: 1\n  LR_WARMUP: true\n",
    ),
    "a literal scalar": (
        "OPTIMIZATION:\n  LR: | # why\n    0.003\n    and more\n\n  X: 1\n",
        {"LR": 0.01},
        "OPTIMIZATION:\n  LR: 0.01 # why\n\n  X: 1\n",
    ),
    "a folded scalar at the end": (
        "OPTIMIZATION:\n  LR: >-\n    0.003\n    x",
        {"LR": 0.01},
        "OPTIMIZATION:\n  LR: 0.01",
    ),
    "a plain scalar of two lines": (
        "OPTIMIZATION:\n  A: one\n    two # c\n",
        {"A": "x"},
        "OPTIMIZATION:\n  A: x # c\n",
    ),
    "a quoted scalar of two lines": (
        "OPTIMIZATION:\n  A: 'one\n\n  two' # c\n",
        {"A": "x"},
        "OPTIMIZATION:\n  A: 'x' # c\n",
    ),
    "a comment that touches the value": ("OPTIMIZATION: {A: 'x'#c\n}", {"A": 1}, "OPTIMIZATION: {A: 1 #c\n}"),
    "a list in brackets: one item": (
        "OPTIMIZATION:\n  MOMS: [ 0.95,0.850 ] # c\n",
        {"MOMS": [0.9, 0.85]},
        "OPTIMIZATION:\n  MOMS: [ 0.9,0.850 ] # c\n",
    ),
    "a list in brackets: more items": (
        "OPTIMIZATION:\n  S: [35,45] # c\n",
        {"S": [35, 45, 50]},
        "OPTIMIZATION:\n  S: [35,45,50] # c\n",
    ),
    "a list in brackets: a new first item": (
        "OPTIMIZATION:\n  S: [35, 45]\n",
        {"S": [5, 35, 45]},
        "OPTIMIZATION:\n  S: [5, 35, 45]\n",
    ),
    "a list in brackets: fewer items": (
        "OPTIMIZATION:\n  S: [35, 45, 50,]\n",
        {"S": [35]},
        "OPTIMIZATION:\n  S: [35,]\n",
    ),
    "a list in brackets: the first item goes": (
        "OPTIMIZATION:\n  S: [35, 45, 50]\n",
        {"S": [45, 50]},
        "OPTIMIZATION:\n  S: [45, 50]\n",
    ),
    "a list in brackets over many lines": (
        "OPTIMIZATION:\n  S: [35, # one, two\n    45, # three\n    50,#four\n    55]\n",
        {"S": [35]},
        "OPTIMIZATION:\n  S: [35, # one, two\n    ]\n",
    ),
    "a list in brackets: a comment between two items stays": (
        "OPTIMIZATION:\n  S: [35, # one, two\n    45,# three\n    50, 55]\n",
        {"S": [35, 45]},
        "OPTIMIZATION:\n  S: [35, # one, two\n    45,# three\n    ]\n",
    ),
    "a list in brackets becomes empty": (
        "OPTIMIZATION:\n  S: [35, 45] # c\n",
        {"S": []},
        "OPTIMIZATION:\n  S: [] # c\n",
    ),
    "an empty list": ("OPTIMIZATION:\n  S: [ ]\n", {"S": [1]}, "OPTIMIZATION:\n  S: [1]\n"),
    "a list of lists": (
        "OPTIMIZATION:\n  S: [[1, 2], [3]]\n",
        {"S": [[1, 2, 3], [4]]},
        "OPTIMIZATION:\n  S: [[1, 2, 3], [4]]\n",
    ),
    "a list of lines: one item": (
        "OPTIMIZATION:\n  S:\n    - 35 # one\n    - 45\n",
        {"S": [35, 40]},
        "OPTIMIZATION:\n  S:\n    - 35 # one\n    - 40\n",
    ),
    "a list of lines: more items": (
        "OPTIMIZATION:\n  S:\n  - 35 # one\n  - 45\n  X: 1\n",
        {"S": [35, 45, 50]},
        "OPTIMIZATION:\n  S:\n  - 35 # one\n  - 45\n  - 50\n  X: 1\n",
    ),
    "a list of lines: a new first item": (
        "OPTIMIZATION:\n  S:\n  - 35 # one",
        {"S": [5, 35]},
        "OPTIMIZATION:\n  S:\n  - 5\n  - 35 # one",
    ),
    "a list of lines: fewer items": (
        "OPTIMIZATION:\n  S:\n    -   35 # one\n    # two\n    -   45\n",
        {"S": [45]},
        "OPTIMIZATION:\n  S:\n    # two\n    -   45\n",
    ),
    "a list of lines becomes empty": (
        "OPTIMIZATION:\n  S: # c\n  - 35\n  - 45\n  X: 1\n",
        {"S": []},
        "OPTIMIZATION:\n  S: [] # c\n  X: 1\n",
    ),
    "a list of lines becomes a number": (
        "OPTIMIZATION:\n  S:\n  - 35\n  # c\n  - 45\n",
        {"S": 3},
        "OPTIMIZATION:\n  S: 3\n  # c\n",
    ),
    "a number becomes a list": (
        "OPTIMIZATION:\n  S: 3 # c\n",
        {"S": [0.5, "a, b"]},
        "OPTIMIZATION:\n  S: [0.5, 'a, b'] # c\n",
    ),
    "a nested mapping": (
        "OPTIMIZATION:\n  SUB:\n    A: 1 # a\n    B: 2 # b\n",
        {"SUB": {"A": 5, "C": 3}},
        "OPTIMIZATION:\n  SUB:\n    A: 5 # a\n    C: 3\n",
    ),
    "a flow mapping: a value": (
        "OPTIMIZATION: {LR: 1, X: 2} # c\n",
        {"LR": 0.5},
        "OPTIMIZATION: {LR: 0.5, X: 2} # c\n",
    ),
    "a flow mapping: the first key goes": ("OPTIMIZATION: {LR: 1, X: 2}\n", {"LR": None}, "OPTIMIZATION: {X: 2}\n"),
    "a flow mapping: the last keys go": (
        "OPTIMIZATION: {LR: 1, X: 2, W: 3}\n",
        {"X": None, "W": None},
        "OPTIMIZATION: {LR: 1}\n",
    ),
    "a flow mapping: the ends go": (
        "OPTIMIZATION: {LR: 1, X: 2, W: 3}\n",
        {"LR": None, "W": None},
        "OPTIMIZATION: {X: 2}\n",
    ),
    "a flow mapping: all keys go": (
        "OPTIMIZATION: {LR: 1, X: 2} # c\n",
        {"X": None, "LR": None},
        "OPTIMIZATION: {} # c\n",
    ),
    "a flow mapping: all keys go and one comes": (
        "OPTIMIZATION: {LR: 1}\n",
        {"X": 2, "LR": None},
        "OPTIMIZATION: {X: 2}\n",
    ),
    "a flow mapping: last goes, one comes": (
        "OPTIMIZATION: {LR: 1, W: 2}\n",
        {"X": 2, "W": None},
        "OPTIMIZATION: {LR: 1, X: 2}\n",
    ),
    "a flow mapping with a trailing comma": (
        "OPTIMIZATION: {LR: 1, X: 2, }\n",
        {"W": 3},
        "OPTIMIZATION: {LR: 1, X: 2, W: 3, }\n",
    ),
    "an empty flow mapping": ("OPTIMIZATION: {}\n", {"LR": 0.1}, "OPTIMIZATION: {LR: 0.1}\n"),
    "a flow mapping without values": (
        "OPTIMIZATION: {LR, X: }\n",
        {"LR": 0.1, "X": 2},
        "OPTIMIZATION: {LR: 0.1, X: 2 }\n",
    ),
    "a flow mapping like JSON": (
        '{"OPTIMIZATION":{"LR":1,"X":"a"}}',
        {"LR": 0.1, "X": "b"},
        '{"OPTIMIZATION":{"LR":0.1,"X":"b"}}',
    ),
    "a flow mapping of many lines: a new key": (
        "OPTIMIZATION: {\n  LR: 1, # one\n  X: 2 # two\n}\n",
        {"W": 3, "Z": 4},
        "OPTIMIZATION: {\n  LR: 1, # one\n  X: 2, # two\n  W: 3,\n  Z: 4\n}\n",
    ),
    "a flow mapping of many lines with a trailing comma": (
        "OPTIMIZATION: {\n  LR: 1,\n  X: 2, # two\n}\n",
        {"W": 3},
        "OPTIMIZATION: {\n  LR: 1,\n  X: 2, # two\n  W: 3,\n}\n",
    ),
    "a flow mapping of many lines: keys go": (
        "OPTIMIZATION: {\n  LR: 1, # one\n  X: 2, # two\n  W: 3 # three\n}\n",
        {"LR": None, "W": None},
        "OPTIMIZATION: {\n  X: 2, # two\n}\n",
    ),
    "a quoted key": ("OPTIMIZATION:\n  'LR' : 1\n", {"LR": 2}, "OPTIMIZATION:\n  'LR' : 2\n"),
    "an explicit key": (
        "OPTIMIZATION:\n  ? LR\n  : 1 # c\n  ? X\n",
        {"LR": 2, "X": 3},
        "OPTIMIZATION:\n  ? LR\n  : 2 # c\n  ? X\n  : 3\n",
    ),
    "an explicit key goes": ("OPTIMIZATION:\n  ? LR\n  : 1 # c\n  ? X\n", {"LR": None}, "OPTIMIZATION:\n  ? X\n"),
    "a value with an anchor": ("OPTIMIZATION:\n  LR: &lr 0.003\n", {"LR": 0.1}, "OPTIMIZATION:\n  LR: &lr 0.1\n"),
    "a value with a tag": (
        "OPTIMIZATION:\n  LR: !!str 3\n  X: !!float 1 # c\n",
        {"LR": 0.1, "X": 2.0},
        "OPTIMIZATION:\n  LR: 0.1\n  X: 2.0 # c\n",
    ),
    "a list with an anchor": ("OPTIMIZATION:\n  S: &s # c\n  - 1\n  - 2\n", {"S": 3}, "OPTIMIZATION:\n  S: &s 3 # c\n"),
    "a value that is an alias": (
        "A: &lr 0.003\nOPTIMIZATION:\n  LR: *lr # c\n",
        {"LR": 0.1},
        "A: &lr 0.003\nOPTIMIZATION:\n  LR: 0.1 # c\n",
    ),
    "an aliased value: the others keep theirs": (
        "OPTIMIZATION:\n  LR: &lr 0.003 # c\n  A: *lr\n  B: [*lr, 1]\n",
        {"LR": 0.1},
        "OPTIMIZATION:\n  LR: 0.1 # c\n  A: &lr 0.003\n  B: [*lr, 1]\n",
    ),
    "an aliased value and its alias": (
        "OPTIMIZATION:\n  LR: &lr 0.003 # c\n  A: *lr\n  B: [*lr, 1]\n",
        {"LR": 0.1, "A": None},
        "OPTIMIZATION:\n  LR: 0.1 # c\n  B: [&lr 0.003, 1]\n",
    ),
    "an aliased value is removed": (
        "OPTIMIZATION:\n  S: &s\n  - 1\n  - &two 2\n  A: *s\n  B: *two\n",
        {"S": None},
        "OPTIMIZATION:\n  A: &s [1, 2]\n  B: &two 2\n",
    ),
    "a key that a merge brings in is written into the block": (
        "B: &b {LR: 1, X: 2}\nOPTIMIZATION:\n  <<: *b\n  W: 3\nC: *b\n",
        {"LR": 5},
        "B: &b {LR: 1, X: 2}\nOPTIMIZATION:\n  <<: *b\n  W: 3\n  LR: 5\nC: *b\n",
    ),
    "a key that overrides a merge": (
        "B: &b {LR: 1}\nOPTIMIZATION: {<<: *b, LR: 3}\n",
        {"LR": 5},
        "B: &b {LR: 1}\nOPTIMIZATION: {<<: *b, LR: 5}\n",
    ),
    "the block is merged elsewhere, by value": (
        "OPTIMIZATION:\n  MOMS: &m [0.9, 0.8]\nOTHER: {MOMS: *m}\n",
        {"MOMS": [0.9, 0.7]},
        "OPTIMIZATION:\n  MOMS: [0.9, 0.7]\nOTHER: {MOMS: &m [0.9, 0.8]}\n",
    ),
    "the first key behind a dash": (
        "OPTIMIZATION:\n  STAGES:\n  - LR: 1 # c\n    X: 2\n",
        {"STAGES": [{"X": 2, "W": 3}]},
        "OPTIMIZATION:\n  STAGES:\n  -  # c\n    X: 2\n    W: 3\n",
    ),
    "commas that lead the lines": (
        "OPTIMIZATION: {\n  A: 1 # a\n  , B: 2\n  , C: 3\n}\n",
        {"A": None},
        "OPTIMIZATION: {\n    B: 2\n  , C: 3\n}\n",
    ),
    "a list behind an explicit key": (
        "OPTIMIZATION:\n  ? S\n  : - 1\n    - 2\n  X: 1\n",
        {"S": [1, 2, 3]},
        "OPTIMIZATION:\n  ? S\n  : [1, 2, 3]\n  X: 1\n",
    ),
    "a list of lists of lines, one item less": (
        "OPTIMIZATION:\n  S: # c\n  - - 1\n    - 2\n  - - 3\n",
        {"S": [[1], [3]]},
        "OPTIMIZATION:\n  S: # c\n  - [1]\n  - - 3\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_edit_changes_its_own_characters_and_nothing_else(name: str) -> None:
    before, edits, after = CASES[name]
    config = ps.load(before).edit(edits)
    assert config.to_yaml() == after
    assert yaml.safe_load(after) == config.document


def test_a_mapping_that_becomes_one_value_leaves_no_blank_line_of_its_own() -> None:
    text = "OPTIMIZATION:\n  LOSS_CFG:\n    A: 1\n\n    B: 2\n    # kept\n    C: 3\n\n  LR: 0.1\n"
    edited = ps.load(text).edit({"LOSS_CFG": 0})
    assert edited.to_yaml() == "OPTIMIZATION:\n  LOSS_CFG: 0\n    # kept\n\n  LR: 0.1\n"
