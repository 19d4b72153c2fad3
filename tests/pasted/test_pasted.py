"""A pasted text: a config, the log of a run that prints one, or an error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.config.values import same
from pcdet_sched.pasted import understand
from pcdet_sched.zoo import families

SHIPPED = [entry for entries in families().values() for entry in entries]


def log(block: dict[str, object], path: str = "cfg.OPTIMIZATION") -> str:
    """What `log_config_to_file` prints of a block: each value by `str`, a mapping as a heading and its own lines."""
    rows = []
    for key, value in block.items():
        if isinstance(value, dict):
            rows += [f"2023-05-08 10:00:00,126   INFO  \n{path}.{key} = edict()\n", log(value, f"{path}.{key}")]
        else:
            rows.append(f"2023-05-08 10:00:00,126   INFO  {path}.{key}: {value}\n")
    return "".join(rows)


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.path)
def test_a_log_gives_back_the_block_that_it_prints(entry) -> None:
    found = understand(log(dict(entry.optimization)))
    assert found.logged
    assert same(ps.load(found.yaml).optimization, dict(entry.optimization))


TRACEBACK = "Traceback (most recent call last):\n  File 'a'\n"
KEYS = st.from_regex(r"[A-Z_]{1,8}", fullmatch=True)
WORDS = st.sampled_from(["adam", "1e-3", "3e-4", "poly lr", "edict()", "a: b", "# no comment", "yes"])
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = NUMBERS | st.booleans() | WORDS | st.lists(NUMBERS, max_size=4)


@given(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, min_size=1, max_size=3), min_size=1, max_size=6))
def test_values_keep_value_and_type_on_their_way_through_a_log(block) -> None:
    found = understand(log(block))
    assert same(ps.load(found.yaml).document["OPTIMIZATION"], block)


def test_of_two_runs_in_one_log_the_last_counts_with_no_key_of_the_first() -> None:
    found = understand(log({"LR": 0.1, "OPTIMIZER": "sgd", "OLD": 1}) + log({"LR": 0.2, "OPTIMIZER": "sgd"}))
    assert ps.load(found.yaml).optimization == {"LR": 0.2, "OPTIMIZER": "sgd"}


def test_a_config_is_taken_as_it_stands_whatever_its_comments_hold() -> None:
    text = "# INFO  cfg.OPTIMIZATION.LR: 0.5\nOPTIMIZATION: {LR: 0.003} # NotImplementedError\n"
    assert understand(text).yaml == text
    assert understand(text).error is None


@pytest.mark.parametrize(
    ("text", "exception", "message"),
    [
        ("NotImplementedError", "NotImplementedError", ""),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory.", "OutOfMemoryError", "CUDA out of memory."),
        (
            f"{TRACEBACK}KeyError: 'x'\n\nDuring handling of it another occurred:\n\n{TRACEBACK}TypeError: y\n",
            "TypeError",
            "y",
        ),
    ],
)
def test_the_error_that_a_text_ends_with_is_found(text, exception, message) -> None:
    found = understand(text)
    assert found.yaml is None
    assert (found.error.exception, found.error.message) == (exception, message)


@pytest.mark.parametrize("text", ["hello", "OPTIMIZATION: 3", "LR: 3.0e-04 Acc_iter 1"])
def test_a_text_that_is_none_of_these_is_refused_as_a_config_is(text) -> None:
    with pytest.raises(ps.ConfigError):
        understand(text)


@given(st.text(max_size=400))
def test_any_text_is_understood_or_refused(text) -> None:
    with contextlib.suppress(ps.ConfigError):
        understand(text)
