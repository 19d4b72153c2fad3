"""A state, and it as text for a web address and as a session file. Both read nothing that they would not write.

Both hold the state as `codec` writes it, with names of one letter. What 0.1.0 wrote, version 1, is brought into that
form and then read like anything else.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from pcdet_sched.codec import Block, CodecError, bounded, converter, loads, read
from pcdet_sched.language import _
from pcdet_sched.limits import limits
from pcdet_sched.plan import RunPlan

if TYPE_CHECKING:
    from pcdet_sched.config import Config


LONGEST_NAME = 80


class LinkError(ValueError):
    """A link or a session file is damaged, too long, or holds what it must not."""


@dataclass(frozen=True)
class Pin:
    """One config under a name: the values of its block, the edits made to them, and the plan. Never the file's text.

    Of a file with several stages `block` is the whole OPTIMIZATION and `stage` the dotted path of the block that is
    meant, which `edits` belong to; edits of the others are in their values. `stage` is empty for a plain block.
    """

    name: str
    block: Block
    plan: RunPlan
    edits: Block = field(default_factory=dict)
    stage: str = ""

    @classmethod
    def of(cls, name: str, config: Config, plan: RunPlan) -> Pin:
        """A pin of what a config holds now; the name is cut to 80 characters."""
        if not config.stages or config.path[0] != "OPTIMIZATION" or len(config.block) > LONGEST_NAME:
            return cls(name[:LONGEST_NAME], config.original, plan, config.edits)
        others = config.edit({key: config.original.get(key) for key in config.edits})
        return cls(name[:LONGEST_NAME], others.document["OPTIMIZATION"], plan, config.edits, config.block)

    def config(self) -> Config:
        """A config of the block alone, or of it and its stages, with the edits.

        Raises LinkError for values that YAML cannot hold, and for a stage that the block does not have.
        """
        import yaml

        from pcdet_sched.config import ConfigError, EditError, load

        try:
            text = yaml.safe_dump({"OPTIMIZATION": dict(self.block)}, sort_keys=False, allow_unicode=True)
            return load(text, block=self.stage or None).edit(dict(self.edits))
        except (ConfigError, EditError, yaml.YAMLError, RecursionError, ValueError) as error:
            raise LinkError(
                _("{name}: its block cannot be written as YAML: {why}", name=self.name, why=error)
            ) from None


@dataclass(frozen=True)
class Shared:
    """The state of a page: what is on Tune (None: nothing), its data set's name, and the pins in order."""

    current: Pin | None = None
    dataset: str = ""
    pins: tuple[Pin, ...] = ()


VERSION, FIRST_VERSION = "2", "1"
LONGEST_LINK = 6_000
"""Characters. Servers and chat programs take addresses of about 8,000."""
LONGEST_TEXT = 200_000
"""Bytes that a link may unpack to: a small one cannot fill the memory."""
_DEEPEST = 20
_MOST_VALUES = 4_000
"""Keys, items and values of a whole state: 13 blocks of 30 keys have about 700. Each is written and read as YAML."""
# What the page's own fields allow: nothing that a link holds may be beyond them.
_MOST = {"samples": 10**12, "iters_per_epoch": 10**12, "gpus": 4096, "batch_size": 10**9, "epochs": 10**9}
_MOST_STARTED = 10**15
_LARGEST_LR = 1e300
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_SESSION = "pcdet_sched session"

CODEC = converter(max_text=LONGEST_NAME)


def encode(state: Shared) -> str:
    """The state as text that needs no escaping in an address: JSON, zlib, base64url behind a version number.

    Raises LinkError where it is longer than 6,000 characters, or holds what JSON cannot (a date, a key that is no
    text).

    >>> from pcdet_sched.plan import RunPlan
    >>> state = Shared(Pin("mine", {"LR": 0.003}, RunPlan(samples=3712, gpus=8)))
    >>> decode(encode(state)) == state
    True
    """
    text = json.dumps(_written(state), separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    if len(packed) + 2 > LONGEST_LINK:
        words = _("the link would be {n:,} characters long, more than {most:,}")
        raise LinkError(words.format(n=len(packed) + 2, most=LONGEST_LINK))
    return f"{VERSION}.{packed}"


def decode(text: str) -> Shared:
    """The state of a link. Raises LinkError, with a sentence, for whatever `encode` does not write."""
    if len(text) > LONGEST_LINK:
        raise LinkError(_("the link is longer than {most:,} characters", most=LONGEST_LINK))
    version, dot, body = text.partition(".")
    if version not in (VERSION, FIRST_VERSION) or not dot:
        raise LinkError(_("the link was not made by this version of the app"))
    if not _ALPHABET.issuperset(body):
        raise LinkError(_("the link holds characters that no link has"))
    try:
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, LONGEST_TEXT)
    except (binascii.Error, zlib.error):
        raise LinkError(_("the link is damaged: a part of it is missing or was changed")) from None
    if unpacker.unconsumed_tail or not unpacker.eof or unpacker.unused_data:
        raise LinkError(_("the link is damaged, or unpacks to more than a state needs"))
    return _read(_json(data, LONGEST_TEXT), version)


def to_session(state: Shared) -> str:
    """The state as a JSON file, for those that are too long for a link. Raises LinkError as `encode` does."""
    return json.dumps({_SESSION: VERSION, **_written(state)}, indent=1, ensure_ascii=False)


def from_session(data: bytes) -> Shared:
    """The state of a session file. Raises LinkError, with a sentence, for whatever `to_session` does not write."""
    most = limits().max_upload_bytes
    if len(data) > most:
        raise LinkError(_("the session file is larger than {most:,} bytes", most=most))
    table = _json(data, most)
    version = table.pop(_SESSION, None) if isinstance(table, dict) else None
    if version not in (VERSION, FIRST_VERSION):
        raise LinkError(_("this is no session file of this version of the app"))
    return _read(table, version)


def _written(state: Shared) -> dict[str, object]:
    try:
        table: dict[str, object] = CODEC.unstructure(state)
        bounded(table, _MOST_VALUES, _DEEPEST)
    except (CodecError, RecursionError) as error:
        raise LinkError(_("this state cannot be put into a link: {why}", why=error)) from None
    return table


def _json(data: bytes, most: int) -> object:
    try:
        return loads(data, most, constants=True)
    except CodecError:
        raise LinkError(_("this is no saved state: it cannot be read")) from None


def _read(table: object, version: str) -> Shared:
    try:
        bounded(table, _MOST_VALUES, _DEEPEST)
        return read(CODEC, _of_first(table) if version == FIRST_VERSION else table, Shared)
    except CodecError as error:
        raise LinkError(_("this is no saved state: {why}", why=error)) from None


def _of_first(table: object) -> object:
    """What version 1 wrote as this version writes it: its plans were master's, its texts such as "inf" only texts."""
    if not isinstance(table, dict) or not isinstance(table.get("p"), list):
        return table
    return {**table, "c": _pin_of_first(table.get("c")), "p": [_pin_of_first(pin) for pin in table["p"]]}


def _pin_of_first(pin: object) -> object:
    if not isinstance(pin, dict):
        return pin
    blocks = {name: CODEC.unstructure(pin[name], Block) for name in "be" if isinstance(pin.get(name), dict)}
    plan = {"p": {"trainer": "master"} | pin["p"]} if isinstance(pin.get("p"), dict) else {}
    return {**pin, **blocks, **plan}


def _plan(values: Mapping[str, object], _kind: object) -> RunPlan:
    plan = _any_plan(values, RunPlan)
    for name, most in _MOST.items():
        if (getattr(plan, name) or 0) > most:
            raise ValueError(_("{name} is above {most:,}", name=name, most=most))
    start = plan.checkpoint
    if start and max(start.epoch, start.iteration) > _MOST_STARTED:
        raise ValueError(_("the checkpoint is beyond {most:,}", most=_MOST_STARTED))
    if start and not abs(start.initial_lr or 0) < _LARGEST_LR:
        raise ValueError(_("initial_lr is {lr}", lr=start.initial_lr))
    return plan


def _pin(values: Mapping[str, object], _kind: object) -> Pin:
    pin = _any_pin(values, Pin)
    pin.config()  # what cannot be opened is refused here, not on the page
    return pin


def _pins(values: object, _kind: object) -> tuple[Pin, ...]:
    most = limits().max_curves
    if not isinstance(values, list) or len(values) > most:
        raise ValueError(
            _("{n} pins; {most} can be shown", n=len(values) if isinstance(values, list) else "?", most=most)
        )
    return tuple(CODEC.structure(pin, Pin) for pin in values)


# A function that is made here takes those of its parts that are there then: from the inside out.
_name, _block, _of_plan = override(rename="n"), override(rename="b"), override(rename="p")
_edits, _stage = override(rename="e", omit_if_default=True), override(rename="s", omit_if_default=True)
_dataset, _current, _of_pins = override(rename="d"), override(rename="c"), override(rename="p")
_any_plan = make_dict_structure_fn(RunPlan, CODEC, _cattrs_forbid_extra_keys=True)
CODEC.register_structure_hook(RunPlan, _plan)
CODEC.register_unstructure_hook(
    RunPlan,
    # The trainer is always there: its default may change once more.
    make_dict_unstructure_fn(RunPlan, CODEC, _cattrs_omit_if_default=True, trainer=override(omit_if_default=False)),
)
_any_pin = make_dict_structure_fn(
    Pin, CODEC, _cattrs_forbid_extra_keys=True, name=_name, block=_block, plan=_of_plan, edits=_edits, stage=_stage
)
CODEC.register_structure_hook(Pin, _pin)
CODEC.register_unstructure_hook(
    Pin, make_dict_unstructure_fn(Pin, CODEC, name=_name, block=_block, plan=_of_plan, edits=_edits, stage=_stage)
)
CODEC.register_structure_hook_func(lambda kind: kind == tuple[Pin, ...], _pins)
CODEC.register_structure_hook(
    Shared,
    make_dict_structure_fn(
        Shared, CODEC, _cattrs_forbid_extra_keys=True, dataset=_dataset, current=_current, pins=_of_pins
    ),
)
CODEC.register_unstructure_hook(
    Shared, make_dict_unstructure_fn(Shared, CODEC, dataset=_dataset, current=_current, pins=_of_pins)
)
