"""What is run: a variant, in which two runs may differ, and the description of a run, with its length and device."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pcdet_sched.codec import Block  # noqa: TC001 - the codec reads the fields' types
from pcdet_sched.key import is_number
from pcdet_sched.keys import GROWTH_INTERVAL, KEYS, LOSS_SCALE
from pcdet_sched.language import N_, _
from pcdet_sched.plan import AUTO
from pcdet_sched.trainer_records import TRAINERS, find
from pcdet_sched.trainer_records.auto import resolve

if TYPE_CHECKING:
    from pcdet_sched.limits import Limits


PRECISIONS = ("fp32", "fp16", "bf16")
FIELD_OF_KEY = {"GRAD_NORM_CLIP": "clip", "LOSS_SCALE_FP16": "loss_scale", "USE_AMP": "precision"}
"""OPTIMIZATION keys that a variant has a field for."""
READ_KEYS = (
    *(name for name in KEYS if name not in (*FIELD_OF_KEY, "BATCH_SIZE_PER_GPU")),
    *dict.fromkeys(name for trainer in TRAINERS for name in trainer.own_keys),
)
"""The OPTIMIZATION keys that a benchmark run reads from the block, beside those that a variant has a field for."""


class BenchmarkError(ValueError):
    """A benchmark that cannot be run, or a result that cannot be read; the message says what is allowed."""


def reason(error: BaseException) -> str:
    """An exception in a line; those that speak to users need no type before them.

    >>> reason(BenchmarkError("clip must be above 0")), reason(KeyError("LR"))
    ('clip must be above 0', "KeyError: 'LR'")
    """
    text = " ".join(str(error).split())[:500]
    if isinstance(error, BenchmarkError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@dataclass(frozen=True)
class Spike:
    """A damaged batch at one iteration, counted from 0: coordinates off by `magnitude`, which may be inf.

    Raises BenchmarkError for a negative iteration and for a magnitude that is not positive.
    """

    iteration: int
    magnitude: float

    def __post_init__(self) -> None:
        check_whole("spike", self.iteration, least=0)
        if not is_number(self.magnitude) or not self.magnitude > 0:
            raise BenchmarkError(_("spike: the magnitude must be above 0 or inf, not {given!r}", given=self.magnitude))

    def __str__(self) -> str:
        return f"{self.iteration}:{self.magnitude:g}"


@dataclass(frozen=True)
class Variant:
    """One way to train the toy detector.

    `precision`: "fp32", "fp16" (autocast and GradScaler, the trainer's `--use_amp`) or "bf16" (autocast alone).
    `clip`: GRAD_NORM_CLIP, or None for no clipping, which the trainer itself cannot do. `loss_scale`:
    LOSS_SCALE_FP16, the scaler's first scale. `growth_interval`: good steps after which the scale doubles.
    `keep_scaler`: one scaler for the whole run; the trainer builds a new one in every epoch. `optimization`: the values
    of `READ_KEYS` as they are in the block. `trainer`, as in `RunPlan`, says whose optimizer, schedule and order of
    steps it is. Raises BenchmarkError for a value that is not allowed.

    >>> Variant(precision="fp8", clip=10.0)
    Traceback (most recent call last):
    ...
    pcdet_sched.benchmark.variant.BenchmarkError: precision must be one of fp32, fp16, bf16, not 'fp8'
    """

    precision: str = "fp32"
    clip: float | None = 10.0
    loss_scale: float = LOSS_SCALE
    growth_interval: int = GROWTH_INTERVAL
    keep_scaler: bool = False
    seed: int = 0
    spikes: tuple[Spike, ...] = ()
    optimization: Block = field(default_factory=dict)
    trainer: str = AUTO

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            known = ", ".join(PRECISIONS)
            words = _("precision must be one of {known}, not {given!r}", known=known, given=self.precision)
            raise BenchmarkError(words)
        if self.clip is not None:
            _check_positive("clip", self.clip, N_("a number above 0, or off"))
        _check_positive("loss_scale", self.loss_scale, N_("a number above 0"))
        check_whole("growth_interval", self.growth_interval, least=1)
        check_whole("seed", self.seed, least=0, most=2**31 - 1)
        if self.trainer != AUTO:
            try:
                object.__setattr__(self, "trainer", find(self.trainer).name)
            except ValueError as error:
                raise BenchmarkError(str(error)) from None
        if not isinstance(self.keep_scaler, bool):
            raise BenchmarkError(_("keep_scaler must be yes or no, not {given!r}", given=self.keep_scaler))
        if not all(isinstance(spike, Spike) for spike in self.spikes):
            raise BenchmarkError(_("spikes must be a tuple of Spike, not {given!r}", given=self.spikes))
        for key, value in self.optimization.items():
            _check_block_value(key, value)
        for name in ("clip", "loss_scale"):  # 10 and 10.0 are one variant, and have one id in a sweep
            if getattr(self, name) is not None:
                object.__setattr__(self, name, float(getattr(self, name)))

    @classmethod
    def from_block(cls, block: Block, **changes: object) -> Variant:
        """The variant that an OPTIMIZATION block describes, with `changes` to its fields or to keys of the block.

        Raises BenchmarkError for an unknown name and for a value that is not allowed.

        >>> Variant.from_block({"LR": 0.003, "GRAD_NORM_CLIP": 35}, precision="fp16", LR=0.01).optimization
        {'LR': 0.01}
        """
        names = {item.name for item in fields(cls)} - {"optimization"}
        keys = {name: value for name, value in changes.items() if name not in names}
        for name in keys:
            if name in FIELD_OF_KEY:
                raise BenchmarkError(_("write {field}=… for {name}", field=FIELD_OF_KEY[name], name=name))
            if name not in READ_KEYS:
                known = {"fields": ", ".join(sorted(names)), "keys": ", ".join(READ_KEYS)}
                words = _("{name} is not known; there are {fields} and the keys {keys}", name=name, **known)
                raise BenchmarkError(words)
        optimization = {key: block[key] for key in READ_KEYS if key in block} | keys
        chosen = {name: value for name, value in changes.items() if name in names}
        return cls(**(_fields_of(block, chosen) | chosen), optimization=optimization)

    def damage_at(self, iteration: int) -> float | None:
        """The magnitude of the spike at an iteration, or None."""
        return next((spike.magnitude for spike in self.spikes if spike.iteration == iteration), None)

    def changes(self) -> dict[str, object]:
        """The variant as edits of a config: `config.edit(variant.changes())` is the block that it ran.

        >>> Variant(precision="fp16", clip=35.0, optimization={"LR": 0.01}).changes()
        {'LR': 0.01, 'USE_AMP': True, 'GRAD_NORM_CLIP': 35.0, 'LOSS_SCALE_FP16': 65536.0}
        """
        edits = {**self.optimization, "USE_AMP": self.precision == "fp16"}
        if self.clip is not None:
            edits["GRAD_NORM_CLIP"] = self.clip
        if self.precision == "fp16":
            edits["LOSS_SCALE_FP16"] = self.loss_scale
        return edits


def _fields_of(block: Block, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the block sets under its trainer, for those that are not chosen otherwise."""
    resolved = resolve(chosen.get("trainer", AUTO), block).trainer
    found: dict[str, object] = {
        "precision": "fp16" if block.get("USE_AMP") and (not resolved or resolved.amp) else "fp32"
    }
    for key, name in FIELD_OF_KEY.items():
        if name not in chosen and name not in found and key in block:
            found[name] = _as_float(key, block[key])
    limit = block.get("GRAD_NORM_CLIP")
    if "clip" not in chosen and resolved is not None and not resolved.clips(limit if is_number(limit) else math.inf):
        found["clip"] = None
    return found


def _as_float(key: str, value: Any) -> float:
    """Torch takes both through `float`, so the text '10' works."""
    try:
        return float(value)
    except (TypeError, ValueError):
        words = _("{key} is {value!r} in the block, which is not a number", key=key, value=value)
        raise BenchmarkError(words) from None


def _check_positive(name: str, value: object, allowed: str) -> None:
    if not is_number(value) or not (value > 0 and math.isfinite(value)):
        raise BenchmarkError(_("{name} must be {allowed}, not {given!r}", name=name, allowed=_(allowed), given=value))


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise BenchmarkError unless `value` is a whole number from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BenchmarkError(_("{name} must be a whole number, not {given!r}", name=name, given=value))
    if most is None and value < least:
        raise BenchmarkError(_("{name} must be at least {least}, not {given}", name=name, least=least, given=value))
    if most is not None and not least <= value <= most:
        bounds = {"least": least, "most": most}
        raise BenchmarkError(_("{name} must be from {least} to {most}, not {given}", name=name, given=value, **bounds))


def _check_block_value(key: str, value: object) -> None:
    if key not in READ_KEYS:
        raise BenchmarkError(_("optimization: {key!r} is not read by a benchmark run", key=key))
    for item in value if isinstance(value, (list, tuple)) else (value,):
        known = item is None or isinstance(item, (bool, int, float, str))
        if not known or (isinstance(item, float) and not math.isfinite(item)):
            raise BenchmarkError(
                _("{key} is {value!r}; a benchmark takes finite numbers, texts and lists of them", key=key, value=value)
            )


_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?")


@dataclass(frozen=True)
class Description:
    """Everything that a run depends on, plain data that can be sent and written.

    `iterations`: of the toy run. `epochs`: how many epochs they are divided into; the GradScaler is built anew in
    each. `device`: "cpu", "cuda" or "cuda:1". `probe_every`: iterations between two measurements of the underflow.
    `real_iterations`: iterations of the real run whose schedule is compressed (WARMUP_ITER is counted in them), or
    None where they are not known. Raises BenchmarkError for a value that is not allowed.

    >>> Description(Variant(), iterations=200, epochs=4).iterations_per_epoch
    50
    """

    variant: Variant
    iterations: int = 200
    epochs: int = 4
    device: str = "cpu"
    probe_every: int = 50
    real_iterations: int | None = None

    def __post_init__(self) -> None:
        check_whole("iterations", self.iterations, least=1)
        check_whole("epochs", self.epochs, least=1, most=self.iterations)
        check_whole("probe_every", self.probe_every, least=1)
        if self.real_iterations is not None:
            check_whole("real_iterations", self.real_iterations, least=1)
        if not _DEVICE.fullmatch(str(self.device)):
            raise BenchmarkError(_("device must be cpu, cuda or cuda:<number>, not {given!r}", given=self.device))

    @property
    def iterations_per_epoch(self) -> int:
        """Iterations of every epoch but the last, which may be shorter."""
        return math.ceil(self.iterations / self.epochs)


def check_limits(descriptions: Sequence[Description], limits: Limits) -> None:
    """Raise BenchmarkError where a benchmark asks for more than a server gives, or for nothing."""
    if not descriptions:
        raise BenchmarkError(_("a benchmark needs at least one variant"))
    if len(descriptions) > limits.max_variants:
        words = _("{n} variants; this server runs at most {most}", n=len(descriptions), most=limits.max_variants)
        raise BenchmarkError(words)
    most = max(description.iterations for description in descriptions)
    if most > limits.max_iterations:
        words = _("{n} iterations; this server runs at most {most}", n=most, most=limits.max_iterations)
        raise BenchmarkError(words)


def compressed_block(description: Description) -> dict[str, object]:
    """The variant's block with its schedule compressed to the toy run.

    What counts in epochs (DECAY_STEP_LIST, WARMUP_EPOCH, a fork's STEP_EPOCH) keeps its share of the run; a warm-up
    keeps at least one epoch. WARMUP_ITER keeps its share where the real run's length is known, and is left alone where
    it is not. Everything else is a share already. Values that are no numbers are left for the trainer's code to judge.

    >>> block = {"NUM_EPOCHS": 80, "DECAY_STEP_LIST": [35, 45], "WARMUP_EPOCH": 1}
    >>> small = compressed_block(Description(Variant(optimization=block), iterations=200, epochs=4))
    >>> small["DECAY_STEP_LIST"], small["WARMUP_EPOCH"]
    ([1.75, 2.25], 1)
    """
    block = dict(description.variant.optimization)
    share = _share(description.epochs, block.get("NUM_EPOCHS"))
    steps = block.get("DECAY_STEP_LIST")
    if isinstance(steps, (list, tuple)) and all(map(is_number, steps)):
        block["DECAY_STEP_LIST"] = [step * share for step in steps]
    if is_number(epochs := block.get("WARMUP_EPOCH")):
        block["WARMUP_EPOCH"] = math.ceil(epochs * share)
    if is_number(step := block.get("STEP_EPOCH")):
        block["STEP_EPOCH"] = step * share
    if is_number(iterations := block.get("WARMUP_ITER")):
        block["WARMUP_ITER"] = iterations * _share(description.iterations, description.real_iterations)
    return block


def _share(toy: int, real: object) -> float:
    return toy / real if is_number(real) and real > 0 else 1.0
