"""Variants as text: `precision=fp16,clip=10,loss_scale=32`, and the presets."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.variant import READ_KEYS, BenchmarkError, Spike, Variant
from pcdet_sched.language import N_, _
from pcdet_sched.plan import AUTO

if TYPE_CHECKING:
    from pcdet_sched.codec import Block

HUGE = 1e6
"""The magnitude of a spike that is written as `huge`, in metres."""
COMMA = re.compile(r",(?![^\[(]*[\])])")
"""A comma between two parts, not one inside brackets."""


def parse_variant(text: str, block: Block, trainer: str = AUTO) -> Variant:
    """A variant from `name=value` pairs with commas between, over an OPTIMIZATION block.

    Names: precision, clip (a number or off), loss_scale (a number or a power such as 2^24), growth_interval,
    keep_scaler (yes or no), seed, trainer (as in `RunPlan`; else the one given), spike (iteration:magnitude with
    magnitude a number, huge or inf; several with +), and keys of the block, whose values are read as the trainer reads
    those of `--set`.
    Raises BenchmarkError.

    >>> variant = parse_variant("precision=fp16,clip=off,spike=100:inf", {"LR": 0.003})
    >>> variant.precision, variant.clip, variant.spikes
    ('fp16', None, (Spike(iteration=100, magnitude=inf),))
    """
    changes: dict[str, object] = {}
    for part in COMMA.split(text):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name or not value:
            raise BenchmarkError(_("{part!r} in a variant must be name=value", part=part.strip()))
        field = "spikes" if name == "spike" else name
        if field in changes:
            raise BenchmarkError(_("{name} is given twice in {text!r}", name=name, text=text))
        changes[field] = parse_value(name, value)
    return Variant.from_block(block, **{"trainer": trainer, **changes})


def parse_value(name: str, text: str) -> object:
    """The value of one name of a variant. Raises BenchmarkError with what is allowed.

    >>> parse_value("loss_scale", "2^24"), parse_value("keep_scaler", "yes"), parse_value("MOMS", "[0.95, 0.85]")
    (16777216.0, True, [0.95, 0.85])
    """
    if name in _PARSERS:
        parser, allowed = _PARSERS[name]
        try:
            return parser(text)
        except (ValueError, KeyError, OverflowError):
            words = _("{name} must be {allowed}, not {given!r}", name=name, allowed=_(allowed), given=text)
            raise BenchmarkError(words) from None
    if name in READ_KEYS:
        try:
            return ast.literal_eval(text)  # as the trainer reads --set
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return text
    return text  # the variant says that there is no such name


def format_variant(variant: Variant) -> str:
    """The text that `parse_variant` reads back as this variant over its own block.

    >>> format_variant(Variant(precision="fp16", clip=None, loss_scale=32.0))
    'precision=fp16,clip=off,loss_scale=32,growth_interval=2000,keep_scaler=no,seed=0'
    """
    values = {
        "precision": variant.precision,
        "clip": "off" if variant.clip is None else f"{variant.clip:.17g}",
        "loss_scale": f"{variant.loss_scale:.17g}",
        "growth_interval": str(variant.growth_interval),
        "keep_scaler": "yes" if variant.keep_scaler else "no",
        "seed": str(variant.seed),
    }
    if variant.trainer != AUTO:
        values["trainer"] = variant.trainer
    if variant.spikes:
        values["spike"] = format_spikes(variant.spikes)
    return ",".join(f"{name}={value}" for name, value in values.items())


def parse_spikes(text: str) -> tuple[Spike, ...]:
    """Spikes from `iteration:magnitude` with + between. Raises ValueError.

    >>> parse_spikes("50:huge+100:inf")
    (Spike(iteration=50, magnitude=1000000.0), Spike(iteration=100, magnitude=inf))
    """
    spikes = []
    for part in text.split("+") if text.strip() else ():
        iteration, _, magnitude = part.partition(":")
        spikes.append(Spike(int(iteration), HUGE if magnitude.strip() == "huge" else float(magnitude)))
    return tuple(spikes)


def format_spikes(spikes: Sequence[Spike]) -> str:
    """The text of `parse_spikes`."""
    # A plus sign in 1e+06 would look like the next spike.
    return "+".join(str(spike).replace("e+", "e") for spike in spikes)


def _power(text: str) -> float:
    base, caret, exponent = text.replace("**", "^").partition("^")
    return float(base) ** int(exponent) if caret else float(text)


_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_PARSERS: dict[str, tuple[Callable[[str], object], str]] = {
    "clip": (lambda text: None if text == "off" else float(text), N_("a number above 0, or off")),
    "loss_scale": (_power, N_("a number above 0, such as 65536 or 2^16")),
    "growth_interval": (int, N_("a whole number of at least 1")),
    "keep_scaler": (lambda text: _YES_NO[text.lower()], N_("yes or no")),
    "seed": (int, N_("a whole number of at least 0")),
    "spike": (parse_spikes, N_("iteration:magnitude, such as 100:inf or 50:huge+100:1e4")),
}


@dataclass(frozen=True)
class Preset:
    """A set of variants that answers one question. `rows` are changes to the variant that the block describes."""

    title: str
    rows: tuple[Block, ...]
    spike: float | None = None

    def variants(self, block: Block, iterations: int, trainer: str = AUTO) -> tuple[Variant, ...]:
        """Its variants over a block; a spike, where there is one, falls in the middle of the run."""
        spikes: Block = {} if self.spike is None else {"spikes": (Spike(iterations // 2, self.spike),)}
        return tuple(Variant.from_block(block, trainer=trainer, **row, **spikes) for row in self.rows)


PRESETS = {
    "amp": Preset(N_("AMP on or off"), ({"precision": "fp32"}, {"precision": "fp16"})),
    "clip": Preset(N_("Clip sweep 1 / 10 / 35 / off"), tuple({"clip": clip} for clip in (1.0, 10.0, 35.0, None))),
    "loss-scale": Preset(
        N_("Loss scale 32 / 512 / 65536 / 2²⁴"),
        tuple({"precision": "fp16", "loss_scale": scale} for scale in (32.0, 512.0, 65536.0, 2.0**24)),
    ),
    "spike": Preset(
        N_("A spike"),
        (
            {"precision": "fp32", "clip": 10.0},
            {"precision": "fp32", "clip": None},
            {"precision": "fp16", "clip": 10.0},
        ),
        spike=float("inf"),
    ),
}
"""The presets by the name that the command line takes."""
