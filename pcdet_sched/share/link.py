"""State ⇄ text for a web address, and ⇄ a session file. Both read nothing that they would not write."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from pcdet_sched.limits import limits
from pcdet_sched.share.state import LONGEST_NAME, LinkError, Pin, Shared, plan_as_dict, plan_of

VERSION = "1"
LONGEST_LINK = 6_000
"""Characters. Servers and chat programs take addresses of about 8,000."""
LONGEST_TEXT = 200_000
"""Bytes that a link may unpack to: a small one cannot fill the memory."""
_DEEPEST = 20
_MOST_VALUES = 4_000
"""Keys, items and values of a whole state: 13 blocks of 30 keys have about 700. Each is written and read as YAML."""
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def encode(state: Shared) -> str:
    """The state as text that needs no escaping in an address: JSON, zlib, base64url behind a version number.

    Raises LinkError where it is longer than 6,000 characters, or holds what JSON cannot (a date, a key that is no
    text).

    >>> from pcdet_sched.plan import RunPlan
    >>> state = Shared(Pin("mine", {"LR": 0.003}, RunPlan(samples=3712, gpus=8)))
    >>> decode(encode(state)) == state
    True
    """
    packed = zlib.compress(_json(state).encode(), 9)
    text = f"{VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"
    if len(text) > LONGEST_LINK:
        raise LinkError(f"the link would be {len(text):,} characters long, more than {LONGEST_LINK:,}")
    return text


def decode(text: str) -> Shared:
    """The state of a link. Raises LinkError, with a sentence, for whatever `encode` does not write."""
    if len(text) > LONGEST_LINK:
        raise LinkError(f"the link is longer than {LONGEST_LINK:,} characters")
    version, dot, body = text.partition(".")
    if version != VERSION or not dot:
        raise LinkError("the link was not made by this version of the app")
    if not _ALPHABET.issuperset(body):
        raise LinkError("the link holds characters that no link has")
    try:
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, LONGEST_TEXT)
    except (binascii.Error, zlib.error):
        raise LinkError("the link is damaged: a part of it is missing or was changed") from None
    if unpacker.unconsumed_tail or not unpacker.eof or unpacker.unused_data:
        raise LinkError("the link is damaged, or unpacks to more than a state needs")
    return _state(data)


def to_session(state: Shared) -> str:
    """The state as a JSON file, for those that are too long for a link. Raises LinkError as `encode` does."""
    return json.dumps({"pcdet_sched session": VERSION, **json.loads(_json(state))}, indent=1, ensure_ascii=False)


def from_session(data: bytes) -> Shared:
    """The state of a session file. Raises LinkError, with a sentence, for whatever `to_session` does not write."""
    most = limits().max_upload_bytes
    if len(data) > most:
        raise LinkError(f"the session file is larger than {most:,} bytes")
    return _state(data, session=True)


def _json(state: Shared) -> str:
    table = {"d": state.dataset, "c": _row(state.current) if state.current else None, "p": list(map(_row, state.pins))}
    _check(table)
    return json.dumps(table, separators=(",", ":"), ensure_ascii=False)


def _row(pin: Pin) -> dict[str, Any]:
    row = {"n": pin.name, "b": dict(pin.block), "p": plan_as_dict(pin.plan)}
    return row | ({"e": dict(pin.edits)} if pin.edits else {})


def _check(table: dict[str, Any]) -> None:
    """Raise LinkError for a state that is too large as a whole, or that JSON would not give back as it was."""
    left = _MOST_VALUES
    parts: list[tuple[Any, int]] = [(table, 0)]
    while parts:
        value, depth = parts.pop()
        left -= 1
        if left < 0:
            raise LinkError(f"the state holds more than {_MOST_VALUES:,} values; pin fewer configs, or shorter lists")
        if depth > _DEEPEST:
            raise LinkError("the block is nested too deeply for a link")
        if isinstance(value, dict):
            if not all(type(key) is str for key in value):
                raise LinkError("a block with a key that is not a string cannot be put into a link")
            parts += [(part, depth + 1) for part in value.values()]
        elif type(value) is list:
            parts += [(part, depth + 1) for part in value]
        else:
            _check_plain(value)


def _check_plain(value: Any) -> None:
    if type(value) is int and value.bit_length() > 1000:
        raise LinkError("a number of more than 300 digits cannot be put into a link")
    if type(value) is str and not value.isprintable() and not value.isascii():
        _check_text(value)
    elif value is not None and type(value) not in (bool, int, float, str):
        raise LinkError(f"a value of type {type(value).__name__} cannot be put into a link")


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise LinkError("a text that is no Unicode cannot be put into a link") from None


def _state(data: bytes, session: bool = False) -> Shared:
    try:
        table = json.loads(data)
    except (ValueError, RecursionError):  # among them what is no UTF-8
        raise LinkError("this is no saved state: it cannot be read") from None
    if session and (not isinstance(table, dict) or table.pop("pcdet_sched session", None) != VERSION):
        raise LinkError("this is no session file of this version of the app")
    if not isinstance(table, dict) or set(table) != {"c", "d", "p"}:
        raise LinkError("this is no saved state: its parts are missing")
    _check(table)
    name, current, pins = table["d"], table["c"], table["p"]
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not isinstance(pins, list):
        raise LinkError("this is no saved state: its parts are of the wrong kind")
    if len(pins) > limits().max_curves:
        raise LinkError(f"{len(pins)} pins are too many; {limits().max_curves} can be shown")
    return Shared(None if current is None else _pin(current), name, tuple(map(_pin, pins)))


def _pin(row: Any) -> Pin:
    if not isinstance(row, dict) or not {"n", "b", "p"} <= set(row) <= {"n", "b", "p", "e"}:
        raise LinkError("a saved config has parts that none has")
    name, block, edits = row["n"], row["b"], row.get("e", {})
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise LinkError(f"a saved name is not a text of at most {LONGEST_NAME} characters")
    if not isinstance(block, dict) or not isinstance(edits, dict):
        raise LinkError("a saved block is no mapping of keys")
    pin = Pin(name, block, plan_of(row["p"]), edits)
    pin.config()  # what cannot be opened is refused here, not on the page
    return pin
