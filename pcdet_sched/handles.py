"""Handles on a run's curves: which key each one moves, where it stands, and what a position means in the YAML.

Knows no page and no schedule: a position becomes the value of a key, and the trainer's own schedulers draw what that
comes to. Only keys that the optimizer reads, and whose value in the file is a number of their kind, have handles.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from pcdet_sched.keys import KEYS, use_of
from pcdet_sched.trainer_records.parts import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pcdet_sched.simulation import Run

Direction = Literal["up", "down", "left", "right"]
Size = Literal["fine", "normal", "coarse"]
Edits = dict[str, Any]
_STEPS: dict[Size, int] = {"fine": 1, "normal": 10, "coarse": 100}


@dataclass(frozen=True)
class Handle:
    """One handle: where it stands on the curves, and the keys that it moves sideways and upwards."""

    name: str
    x: float
    """The iteration."""
    y: float
    axis: Literal["y", "y2"] = "y"
    """The lr's axis or the momentum's."""
    sideways: str = ""
    upright: str = ""
    place: int = -1
    """Which entry of a list it moves; -1 for a plain number."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it moves."""
        both = (self.upright, self.sideways)
        return tuple(filter(None, reversed(both) if self.sideways == "DECAY_STEP_LIST" else both))


def handles(run: Run) -> tuple[Handle, ...]:
    """The handles of a run's curves; none where there is no curve or not a number of epochs."""
    if run.summary is None or not run.iterations_per_epoch or not run.epochs:
        return ()
    return tuple(_all(run))


def _all(run: Run) -> Iterator[Handle]:
    summary = run.summary
    assert summary is not None  # noqa: S101 - `handles` looked
    first, peak = run.first_iteration, summary.peak_iteration
    sideways = "PCT_START" if _has(run, "PCT_START") else ""
    if _has(run, "LR") and summary.lr_peak > 0:
        yield Handle("peak", peak, summary.lr_peak, sideways=sideways, upright="LR")
    if _has(run, "DIV_FACTOR") and sideways and summary.lr_start > 0:
        yield Handle("start", first, summary.lr_start, upright="DIV_FACTOR")
    if _has(run, "MOMS"):
        yield Handle("moms-0", first, _at(run, first, "momentum"), "y2", upright="MOMS", place=0)
        yield Handle("moms-1", peak, _at(run, peak, "momentum"), "y2", upright="MOMS", place=1)
    if _has(run, "DECAY_STEP_LIST"):
        yield from _decay(run)
    if _has(run, "WARMUP_EPOCH"):
        end = _value(run, "WARMUP_EPOCH") * run.iterations_per_epoch
        yield Handle("warm-up", end, _at(run, end, "lr"), sideways="WARMUP_EPOCH")


def _decay(run: Run) -> Iterator[Handle]:
    per_epoch = run.iterations_per_epoch or 1
    end = run.first_iteration + (run.total_iterations or 1) - 1
    steps = _value(run, "DECAY_STEP_LIST")
    for place, step in enumerate(steps):
        at = step * per_epoch
        upright = "LR_DECAY" if place == 0 and _has(run, "LR_DECAY") else ""
        yield Handle(f"step-{place}", at, _at(run, at, "lr"), sideways="DECAY_STEP_LIST", upright=upright, place=place)
    if _has(run, "LR_CLIP"):
        yield Handle("floor", end, _value(run, "LR_CLIP"), upright="LR_CLIP")


def _has(run: Run, name: str) -> bool:
    """Whether the optimizer reads the key and the file holds a value that a handle can move."""
    block = run.config.optimization
    value, key = block.get(name), KEYS[name]
    if use_of(name, block.get("OPTIMIZER"), block, run.plan.use_amp) is not Use.USED:
        return False
    entries = value if isinstance(value, list) else [value]
    length = key.length if key.is_list else 1
    return (
        isinstance(value, list) == key.is_list
        and (length is None or len(entries) == length)
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in entries)
    )


def _value(run: Run, name: str) -> Any:
    return run.config.optimization[name]


def _at(run: Run, iteration: float, column: str) -> float:
    """The curve's value at the first drawn iteration that is not before this one."""
    place = bisect_left(run.columns["iteration"].tolist(), iteration)
    return float(run.columns[column][min(place, len(run.curve) - 1)])


def moved(run: Run, handle: Handle, x: float, y: float, *, fine: bool = False) -> Edits:
    """What the YAML is to hold when a handle of `run` stands at iteration `x` and height `y`: key → value.

    Rounded to what a person would write (two significant digits, whole epochs; one digit more where `fine`), and never
    out of what the key may hold. Keys that keep their value are left out.
    """
    wanted = {}
    if handle.upright:
        wanted[handle.upright] = _upright(run, handle, y)
    if handle.sideways:
        wanted[handle.sideways] = _sideways(run, handle, x)
    edits = {name: _entered(run, handle, name, _snapped(name, value, fine)) for name, value in wanted.items()}
    return {name: value for name, value in edits.items() if value != _value(run, name)}


def _upright(run: Run, handle: Handle, y: float) -> float:
    if handle.upright == "DIV_FACTOR":
        return float(_value(run, "LR")) / max(y, 1e-30)
    if handle.upright == "LR_DECAY":
        return y / float(_value(run, "LR"))
    return y


def _sideways(run: Run, handle: Handle, x: float) -> float:
    if handle.sideways == "PCT_START":
        return (x - run.first_iteration) / max(run.total_iterations or 1, 1)
    return x / (run.iterations_per_epoch or 1)


def _snapped(name: str, value: float, fine: bool) -> float:
    """The nearest value that a person would write and the key may hold."""
    key = KEYS[name]
    if key.kind.startswith("int"):
        return max(round(value), int(key.minimum or 0))
    unit = _unit(name, value) * (0.1 if fine else 1.0)
    low = (key.minimum or 0.0) + (unit if key.open_minimum else 0.0)
    high = math.inf if key.maximum is None else key.maximum - (unit if key.open_maximum or name == "PCT_START" else 0.0)
    exact = min(max(round(value / unit) * unit, low), high)
    return float(f"{exact:.12g}")


def _unit(name: str, value: float) -> float:
    """The last digit that is kept: the second that counts; parts of one and momentum have hundredths."""
    if name in ("PCT_START", "MOMS"):
        return 0.01
    return 10.0 ** (math.floor(math.log10(value)) - 1) if value > 1e-12 else 1e-9


def _entered(run: Run, handle: Handle, name: str, value: float) -> Any:
    """The value as the key holds it: in its place of a list, and an int where the file has one and nothing is lost."""
    old = _value(run, name)
    if isinstance(old, list):
        entries = list(old)
        if name == "DECAY_STEP_LIST":
            value = _between(entries, handle.place, value, run.epochs or 1)
        entries[handle.place] = _like(value, old[handle.place])
        return entries
    return _like(value, old)


def _between(steps: list[float], place: int, epoch: float, epochs: int) -> float:
    """A step stays between its neighbours and inside of the run."""
    low = steps[place - 1] + 1 if place else 1
    high = steps[place + 1] - 1 if place + 1 < len(steps) else epochs - 1
    return min(max(epoch, low), max(high, low))


def _like(value: float, old: Any) -> float:
    return int(value) if isinstance(old, int) and float(value).is_integer() else value


def pushed(run: Run, handle: Handle, direction: Direction, size: Size = "normal") -> Edits:
    """What the YAML is to hold after a press of an arrow key: one unit of the value, a tenth or ten times as much."""
    along = handle.upright if direction in ("up", "down") else handle.sideways
    if not along:
        return {}
    held = _value(run, along)
    old = float(held[handle.place]) if isinstance(held, list) else float(held)
    whole = KEYS[along].kind.startswith("int")
    unit = max(1.0, 0.1 * _STEPS[size]) if whole else _unit(along, old) * 0.1 * _STEPS[size]
    up = direction in ("up", "right")
    if along == "DIV_FACTOR":
        up = not up  # a larger factor is a lower start
    value = _entered(run, handle, along, _snapped(along, old + (unit if up else -unit), size == "fine"))
    return {} if value == held else {along: value}


def with_step(run: Run) -> Edits:
    """One more entry of DECAY_STEP_LIST, in the middle of the longest stretch without one; nothing where none fits."""
    if not _has(run, "DECAY_STEP_LIST") or not run.epochs:
        return {}
    steps = sorted(_value(run, "DECAY_STEP_LIST"))
    edges = [0, *steps, run.epochs]
    gap, start = max((b - a, -a) for a, b in pairwise(edges))
    return {"DECAY_STEP_LIST": sorted([*steps, int(-start + gap // 2)])} if gap >= 2 else {}


def without_step(run: Run, handle: Handle) -> Edits:
    """DECAY_STEP_LIST without the handle's entry."""
    if handle.sideways != "DECAY_STEP_LIST":
        return {}
    steps = list(_value(run, "DECAY_STEP_LIST"))
    del steps[handle.place]
    return {"DECAY_STEP_LIST": steps}


def said(run: Run, edits: Edits) -> str:
    """What the YAML will read, in one line: `LR: 0.0045 (was 0.003)`."""
    return ", ".join(f"{name}: {value} (was {_value(run, name)})" for name, value in edits.items())
