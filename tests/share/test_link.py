"""A link gives back what was put in; anything else gives a sentence, never a crash."""

from __future__ import annotations

import base64
import json
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.config.values import same
from pcdet_sched.share import link
from pcdet_sched.share.link import LinkError, Pin, Shared, decode, encode, from_session, to_session
from pcdet_sched.zoo import families

numbers = st.integers(-(2**60), 2**60) | st.floats()
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029\ufeff"), max_size=20)
values = st.none() | st.booleans() | numbers | texts | st.lists(numbers, max_size=4)
blocks = st.dictionaries(st.sampled_from(["LR", "MOMS", "OPTIMIZER", "MINE", "ÄÖ 键"]), values, max_size=5)
counts = st.none() | st.integers(1, 4096)
checkpoints = st.none() | st.builds(
    ps.Checkpoint, st.integers(0, 10**6), st.integers(0, 10**9), st.none() | st.just(0.1)
)
plans = st.builds(
    ps.RunPlan, samples=st.integers(1, 10**12), gpus=st.integers(1, 4096), batch_size=counts, epochs=counts,
    trainer=st.sampled_from(["master", "classic"]), merge_all_iters_to_one_epoch=st.booleans(),
    checkpoint=checkpoints, use_amp=st.booleans(),
)  # fmt: skip
pins = st.builds(Pin, texts, blocks, plans, st.just({}) | st.just({"LR": 0.5, "MOMS": None}))
states = st.builds(Shared, st.none() | pins, texts, st.lists(pins, max_size=3).map(tuple))


def same_state(a: Shared, b: Shared) -> bool:
    def row(pin: Pin | None) -> list:
        return [pin.name, dict(pin.block), dict(pin.edits)] if pin else []

    def all_of(state: Shared) -> list:
        return [state.dataset, row(state.current), *map(row, state.pins)]

    def plans_of(state: Shared) -> list:
        return [state.current and state.current.plan, *(pin.plan for pin in state.pins)]

    return same(all_of(a), all_of(b)) and plans_of(a) == plans_of(b)


@given(states)
def test_a_link_gives_back_the_state_with_every_type(state: Shared) -> None:
    text = encode(state)
    assert same_state(decode(text), state)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@given(states)
def test_a_session_file_gives_back_the_state(state: Shared) -> None:
    assert same_state(from_session(to_session(state).encode()), state)


@given(st.builds(Shared, pins))
def test_a_pin_opens_as_a_config_with_its_values_and_edits(state: Shared) -> None:
    pin = decode(encode(state)).current
    config = pin.config()
    assert same(config.original, dict(pin.block))
    expected = {
        key: value for key, value in {**pin.block, **pin.edits}.items() if key not in pin.edits or value is not None
    }
    assert same(config.optimization, expected)


def test_every_shipped_model_pinned_at_once_fits_one_link_of_twelve() -> None:
    entries = [entry for family in families().values() for entry in family]
    plan = ps.RunPlan(samples=3712, gpus=8)
    for start in range(0, len(entries), 12):
        state = Shared(None, "", tuple(Pin(e.model, e.optimization, plan) for e in entries[start : start + 12]))
        assert len(encode(state)) < 2000
        assert same_state(decode(encode(state)), state)


def test_nothing_of_a_file_but_its_block_goes_into_a_link() -> None:
    text = "SECRET: hunter2\n# a comment\nOPTIMIZATION:\n    LR: 0.003 # was 0.01 at Bob's\n"
    link_text = encode(Shared(Pin.of("mine", ps.load(text).edit({"LR": 0.5}), ps.RunPlan(samples=1, trainer="master"))))
    packed = zlib.decompress(base64.urlsafe_b64decode(link_text[2:] + "==="))
    assert json.loads(packed)["c"] == {
        "n": "mine",
        "b": {"LR": 0.003},
        "e": {"LR": 0.5},
        "p": {"trainer": "master", "samples": 1},
    }


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda b: "1." + base64.urlsafe_b64encode(b).decode()))
@example("1.")
@example("")
@example("1." + "A" * 10_000)
def test_any_other_text_is_a_link_error(text: str) -> None:
    with pytest.raises(LinkError):
        decode(text)


def packed(data: bytes) -> str:
    return "1." + base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("cdpnbe"), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_a_state_or_a_link_error(value: object) -> None:
    text = packed(json.dumps(value).encode())
    try:
        state = decode(text)
    except LinkError:
        return
    assert isinstance(state, Shared)


@given(states.map(encode), st.integers(0, 10**6), st.sampled_from("AZaz09-_.!é"))
def test_a_link_with_one_letter_changed_never_crashes(text: str, place: int, letter: str) -> None:
    place %= len(text)
    with suppress(LinkError):
        decode(text[:place] + letter + text[place + 1 :])


@given(states.map(encode), st.integers(0, 10**6))
def test_a_link_cut_short_is_refused(text: str, length: int) -> None:
    with pytest.raises(LinkError):
        decode(text[: length % len(text)])


def a_state(**changes: object) -> bytes:
    row = {"n": "x", "b": {"LR": 1.0}, "p": {"samples": 5}} | changes
    return json.dumps({"d": "", "c": row, "p": []}).encode()


def test_the_state_that_is_damaged_below_is_sound() -> None:
    assert decode(packed(a_state())).current.block == {"LR": 1.0}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"p": {"samples": 5, "gpus": 4097}}, "gpus is above 4,096"),
        ({"p": {"samples": 0}}, "at least 1"),
        ({"p": {"samples": True}}, "whole number"),
        ({"p": {}}, "either samples or"),
        ({"p": {"samples": 5, "use_amp": 1}}, "1 is not true or false @ current.plan.use_amp"),
        ({"p": {"samples": 5, "trainer": "<b>"}}, "trainer must be one of"),
        ({"p": {"samples": 5, "checkpoint": 5}}, "fields is needed @ current.plan.checkpoint"),
        ({"p": {"samples": 5, "checkpoint": {"epoch": 1}}}, "'iteration' is missing @ current.plan.checkpoint"),
        ({"p": {"samples": 5, "checkpoint": {"epoch": 1, "iteration": 2, "initial_lr": "x"}}}, "initial_lr"),
        ({"p": {"samples": 5, "owner": "me"}}, "owner is not known @ current.plan"),
        ({"p": []}, "fields is needed @ current.plan"),
        ({"b": [1]}, "a mapping of keys is needed @ current.block"),
        ({"e": 3}, "a mapping of keys is needed @ current.edits"),
        ({"n": 3}, "name"),
        ({"n": "x" * 81}, "80 characters"),
        ({"b": {"LR": 10**400}}, "300 digits"),
        ({"b": {"LR": "\ud800"}}, "Unicode"),
    ],
)
def test_a_state_with_one_thing_wrong_says_which(changes: dict, why: str) -> None:
    with pytest.raises(LinkError, match=why):
        decode(packed(a_state(**changes)))


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(LinkError, match="unpacks to more"):
        decode(packed(b" " * 3_000_000))


def test_a_small_link_of_many_long_lists_is_refused_at_once() -> None:
    row = {"n": "x", "b": {"LR": [1] * 7_900}, "p": {"samples": 5}}
    text = packed(json.dumps({"d": "", "c": None, "p": [row] * 12}, separators=(",", ":")).encode())
    assert len(text) < 700
    begun = time.thread_time()  # the machine's other work does not count
    with pytest.raises(LinkError, match="more than 4,000 values"):
        decode(text)
    assert time.thread_time() - begun < 0.2


@pytest.mark.parametrize("value", [[1] * 300, ["x" * 15_000], {f"K{i}": [1.5, None] for i in range(90)}])
def test_the_largest_state_that_a_link_holds_opens_within_a_second(value: object) -> None:
    state = Shared(None, "", tuple(Pin("x", {"LR": value}, ps.RunPlan(samples=5)) for _ in range(12)))
    text = encode(state)
    begun = time.thread_time()
    assert decode(text) == state
    assert time.thread_time() - begun < 1


@pytest.mark.parametrize("more", [b"x", b"\0", zlib.compress(b"{}")])
def test_bytes_behind_the_state_are_refused(more: bytes) -> None:
    sound = zlib.compress(a_state(), 9)
    assert decode("1." + base64.urlsafe_b64encode(sound).decode().rstrip("="))
    with pytest.raises(LinkError, match="damaged"):
        decode("1." + base64.urlsafe_b64encode(sound + more).decode().rstrip("="))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(LinkError):
        decode(packed(b"[" * 20_000 + b"]" * 20_000))
    nested: object = 1
    for _ in range(50):
        nested = [nested]
    with pytest.raises(LinkError, match="deeply"):
        encode(Shared(Pin("x", {"LR": nested}, ps.RunPlan(samples=1))))


@pytest.mark.parametrize("text", ["LR: 2024-01-01", "1: 2"])
def test_a_value_that_json_would_change_is_not_put_into_a_link(text: str) -> None:
    config = ps.load("OPTIMIZATION:\n    " + text)
    with pytest.raises(LinkError, match="cannot be put into a link"):
        encode(Shared(Pin.of("x", config, ps.RunPlan(samples=1))))


def test_more_pins_than_can_be_shown_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCDET_SCHED_MAX_CURVES", "2")
    pin = Pin("x", {"LR": 1.0}, ps.RunPlan(samples=1))
    with pytest.raises(LinkError, match="3 pins; 2 can be shown"):
        decode(encode(Shared(None, "", (pin,) * 3)))


def test_a_block_too_long_for_an_address_still_fits_a_session_file() -> None:
    import random

    noise = {f"K{i}": random.Random(i).random() for i in range(600)}
    state = Shared(Pin("x", noise, ps.RunPlan(samples=1)))
    with pytest.raises(LinkError, match="characters long"):
        encode(state)
    assert from_session(to_session(state).encode()) == state


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"pcdet_sched session": "0"}', b"null"])
def test_another_file_is_no_session(data: bytes) -> None:
    with pytest.raises(LinkError):
        from_session(data)


def test_a_session_file_beyond_the_upload_limit_is_refused() -> None:
    with pytest.raises(LinkError, match="larger than"):
        from_session(b" " * (link.limits().max_upload_bytes + 1))


def test_a_plan_without_a_trainer_is_one_of_0_1_0_which_had_master_for_its_default() -> None:
    assert decode(packed(a_state())).current.plan.trainer == "master"


@pytest.mark.parametrize("trainer", ["auto", "master", "classic", "cvmi-lab/pla"])
def test_the_trainer_comes_back(trainer: str) -> None:
    state = Shared(Pin("x", {}, ps.RunPlan(samples=5, trainer=trainer)))
    assert decode(encode(state)) == state


@given(st.sampled_from(["nan", "inf", "-inf", "'inf", "''nan", "'"]), st.floats())
def test_a_text_that_reads_as_a_number_stays_a_text_beside_that_number(text: str, number: float) -> None:
    state = Shared(Pin("x", {"WORD": text, "LR": [number, text]}, ps.RunPlan(samples=5)))
    assert same_state(decode(encode(state)), state)
    json.loads(to_session(state), parse_constant=pytest.fail)


@pytest.mark.parametrize("number", ["NaN", "-Infinity"])
def test_a_number_that_json_does_not_have_is_read_from_0_1_0_alone(number: str) -> None:
    row = f'{{"n": "x", "b": {{"LR": {number}}}, "p": {{"samples": 5}}}}'
    text = packed(f'{{"d": "", "c": {row}, "p": []}}'.encode())
    assert decode(text)
    with pytest.raises(LinkError, match="not a number in JSON"):
        decode("2" + text[1:])
