"""One rule for nan and inf, for sizes, and for what is refused."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pcdet_sched.codec import CodecError, converter, loads, read


@dataclass(frozen=True)
class Inner:
    """A part."""

    count: int
    share: float | None = None
    flags: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Outer:
    """A whole."""

    inner: tuple[Inner, ...]
    name: str = ""


BY = converter(max_text=5, max_items=3)
INNER = some.builds(
    Inner, some.integers(-(2**63), 2**63 - 1), some.none() | some.floats(), some.tuples(some.booleans())
)


@given(some.builds(Outer, some.lists(INNER, max_size=3).map(tuple), some.text(max_size=5)))
def test_an_object_survives_json_by_the_letter(made) -> None:
    text = json.dumps(BY.unstructure(made), allow_nan=False)
    assert repr(read(BY, loads(text, 10_000), Outer)) == repr(made)  # as text: nan is not equal to nan


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (7, "an object with named fields is needed"),
        ({}, "'inner' is missing"),
        ({"inner": [], "more": 1}, "more is not known"),
        ({"inner": {}}, "a list of at most 3 entries is needed @ inner"),
        ({"inner": [{"count": 1}] * 4}, "a list of at most 3 entries is needed @ inner"),
        ({"inner": [], "name": "123456"}, "a text of at most 5 characters is needed @ name"),
        ({"inner": [{"count": True}]}, "True is not a whole number @ inner.count"),
        ({"inner": [{"count": 1.0}]}, "1.0 is not a whole number @ inner.count"),
        ({"inner": [{"count": 2**63}]}, "is not a whole number @ inner.count"),
        ({"inner": [{"count": 1, "share": "1"}]}, "'1' is not a number @ inner.share"),
        ({"inner": [{"count": 1, "share": "Infinity"}]}, "'Infinity' is not a number @ inner.share"),
        ({"inner": [{"count": 1, "share": 10**400}]}, "a number is too large @ inner.share"),
        ({"inner": [{"count": 1, "flags": [1]}]}, "1 is not true or false @ inner.flags"),
    ],
)
def test_what_is_not_the_type_is_refused_with_its_path(values, message) -> None:
    with pytest.raises(CodecError) as caught:
        read(BY, values, Outer)
    assert message in str(caught.value)


def test_a_whole_number_may_stand_for_a_float() -> None:
    assert read(BY, {"count": 1, "share": 2}, Inner) == Inner(1, 2.0)
    assert math.isinf(read(BY, "-inf", float))


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "-Infinity", "[" * 90, b"\xff"])
def test_what_is_not_json_is_one_error(text) -> None:
    with pytest.raises(CodecError, match="this is not JSON"):
        loads(text, 100)


def test_what_is_longer_than_allowed_is_not_read() -> None:
    with pytest.raises(CodecError, match="5 bytes; at most 4 are read"):
        loads("[1,2]", 4)
