"""Handles on a run's curves: which key each one moves, where it stands, and what a position means in the YAML.

Knows no page and no schedule: a position becomes the value of a key, and the trainer's own schedulers draw what that
comes to. Only keys that the run's trainer reads, and whose value in the file is a number of their kind, have handles.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pcdet_sched.key import is_number, like
from pcdet_sched.keys import KEYS, use_of
from pcdet_sched.language import _, row
from pcdet_sched.trainer_records import MASTER
from pcdet_sched.trainer_records.parts import Use

if TYPE_CHECKING:
    from pcdet_sched.key import Key
    from pcdet_sched.simulation import Run
    from pcdet_sched.trainer_records.parts import Trainer

Direction = Literal["up", "down", "left", "right"]
Size = Literal["fine", "normal", "coarse"]
Edits = dict[str, object]
_STEPS: dict[Size, float] = {"fine": 0.1, "normal": 1.0, "coarse": 10.0}
_LEAST = 1e-30  # under any lr that a person would write: a height of nothing has no ratio to it


@dataclass(frozen=True)
class Handle:
    """One handle: where it stands on the curves, and the keys that it moves sideways and upwards.

    `x` is an iteration, `y` an lr, or a momentum where `axis` is "y2". `place` is the entry of a list that it moves,
    -1 for a plain number.
    """

    name: str
    x: float
    y: float
    axis: Literal["y", "y2"] = "y"
    sideways: str = ""
    upright: str = ""
    place: int = -1

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it moves; first the one whose value it shows."""
        both = (self.upright, self.sideways)
        return tuple(filter(None, reversed(both) if self.sideways == "DECAY_STEP_LIST" else both))


def handles(run: Run) -> tuple[Handle, ...]:
    """The handles of a run's curves; none where there is no curve or the number of epochs is not known.

    >>> import pcdet_sched as ps
    >>> text = "{BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 80, OPTIMIZER: adam_onecycle, LR: 0.003, WEIGHT_DECAY: 0.01,"
    >>> text += " MOMS: [0.95, 0.85], PCT_START: 0.4, DIV_FACTOR: 10, DECAY_STEP_LIST: [35], GRAD_NORM_CLIP: 10}"
    >>> run = ps.simulate(ps.load("OPTIMIZATION: " + text), ps.RunPlan(samples=3712))
    >>> [handle.keys for handle in handles(run)]
    [('LR', 'PCT_START'), ('DIV_FACTOR',), ('MOMS',), ('MOMS',)]
    """
    if run.summary is None or not run.iterations_per_epoch or not run.epochs or not run.total_iterations:
        return ()
    return tuple(_all(run))


def _all(run: Run) -> Iterator[Handle]:
    summary, first = run.summary, run.first_iteration
    assert summary is not None  # noqa: S101 - `handles` looked
    turn = first + _number(run, "PCT_START") * (run.total_iterations or 1) if _has(run, "PCT_START") else None
    # With a warm-up of its own the lr does not peak at PCT_START: there only the momentum turns.
    of_lr, of_momentum = ("", "PCT_START") if _has(run, "WARMUP_ITER") else ("PCT_START", "")
    if _has(run, "LR") and summary.lr_peak > 0:
        yield Handle("peak", summary.peak_iteration, summary.lr_peak, sideways=of_lr if turn else "", upright="LR")
    if _has(run, "DIV_FACTOR") and summary.lr_start > 0:
        yield Handle("start", first, summary.lr_start, upright="DIV_FACTOR")
    if _has(run, "MOMS") and turn is not None:
        yield Handle("moms-0", first, _at(run, first, "momentum"), "y2", upright="MOMS", place=0)
        low = _at(run, turn, "momentum")
        yield Handle("moms-1", turn, low, "y2", sideways=of_momentum, upright="MOMS", place=1)
    if _has(run, "DECAY_STEP_LIST"):
        yield from _decay(run)
    if _has(run, "LR_CLIP"):
        yield Handle("floor", first + (run.total_iterations or 1) - 1, _number(run, "LR_CLIP"), upright="LR_CLIP")
    for name, unit in (("WARMUP_EPOCH", run.iterations_per_epoch or 1), ("WARMUP_ITER", 1)):
        if _has(run, name):
            end = _number(run, name) * unit
            yield Handle("warm-up", end, _at(run, end, "lr"), sideways=name)


def _decay(run: Run) -> Iterator[Handle]:
    upright = "LR_DECAY" if _has(run, "LR_DECAY") else ""
    for place, step in enumerate(_entries(run, "DECAY_STEP_LIST")):
        at = step * (run.iterations_per_epoch or 1)
        yield Handle(f"step-{place}", at, _at(run, at, "lr"), sideways="DECAY_STEP_LIST", upright=upright, place=place)


def _has(run: Run, name: str) -> bool:
    """Whether the trainer reads the key and the file holds a value that a handle can move."""
    block, key = run.config.optimization, KEYS[name]
    trainer: Trainer = run.resolved.trainer or MASTER
    if use_of(name, block.get("OPTIMIZER"), block, run.plan.use_amp, trainer) is not Use.USED:
        return False
    value = block.get(name)
    entries = value if isinstance(value, list) else [value]
    length = key.length if key.is_list else 1
    return (
        isinstance(value, list) == key.is_list
        and (length is None or len(entries) == length)
        and all(is_number(entry) and math.isfinite(entry) for entry in entries)
    )


def _number(run: Run, name: str, place: int = -1) -> float:
    """The value of a key that `_has` has looked at, or one entry of its list."""
    value = run.config.optimization[name]
    return float(value if place < 0 else value[place])


def _entries(run: Run, name: str) -> list[int | float]:
    return list(run.config.optimization[name])


def _at(run: Run, iteration: float, column: str) -> float:
    """The curve's value at the first drawn iteration that is not before this one."""
    place = bisect_left(run.columns["iteration"].tolist(), iteration)
    return float(run.columns[column][min(place, len(run.columns[column]) - 1)])


def moved(run: Run, handle: Handle, x: float, y: float, *, fine: bool = False) -> Edits:
    """What the YAML is to hold when a handle of `run` stands at iteration `x` and height `y`: key → value.

    Rounded to what a person would write (two significant digits, whole epochs; one digit more where `fine`), and never
    out of what the key may hold. Keys that keep their value are left out, and so are those of a direction in which the
    handle has not moved.
    """
    wanted = {}
    if handle.upright and y != handle.y:
        wanted[handle.upright] = _upright(run, handle, y)
    if handle.sideways and x != handle.x:
        wanted[handle.sideways] = _sideways(run, handle, x)
    edits = {name: _entered(run, handle, name, _snapped(KEYS[name], value, fine)) for name, value in wanted.items()}
    return {name: value for name, value in edits.items() if value != run.config.optimization[name]}


def _upright(run: Run, handle: Handle, y: float) -> float:
    """The value that the height stands for. LR and DIV_FACTOR stretch what they are the factor of."""
    if handle.upright == "DIV_FACTOR":
        return _number(run, "DIV_FACTOR") * handle.y / max(y, _LEAST)
    if handle.upright == "LR":
        return _number(run, "LR") * max(y, 0.0) / handle.y
    if handle.upright == "LR_DECAY":
        steps, peak = _entries(run, "DECAY_STEP_LIST"), run.summary.lr_peak if run.summary else 1.0
        before = sum(step <= steps[handle.place] for step in steps)
        return float((max(y, 0.0) / peak) ** (1 / before))
    return y


def _sideways(run: Run, handle: Handle, x: float) -> float:
    if handle.sideways == "PCT_START":
        return (x - run.first_iteration) / (run.total_iterations or 1)
    return x if handle.sideways == "WARMUP_ITER" else x / (run.iterations_per_epoch or 1)


def _snapped(key: Key, value: float, fine: bool) -> float:
    """The nearest value that a person would write and the key may hold."""
    unit = _unit(key, value) * (0.1 if fine else 1.0)
    if key.kind.startswith("int"):
        unit = max(1.0, unit)
    low = (key.minimum or 0.0) + (unit if key.open_minimum else 0.0)
    high = math.inf if key.maximum is None else key.maximum - (unit if key.open_maximum else 0.0)
    return float(f"{min(max(round(value / unit) * unit, low), high):.12g}")


def _unit(key: Key, value: float) -> float:
    """The last digit that is kept: the second that counts; parts of one have hundredths, epochs are whole."""
    if key.share:
        return 0.01
    if key.name in ("DECAY_STEP_LIST", "WARMUP_EPOCH"):
        return 1.0
    return 10.0 ** (math.floor(math.log10(value)) - 1) if value > 1e-12 else 1e-9


def _entered(run: Run, handle: Handle, name: str, value: float) -> object:
    """The value as the key holds it: in its place of a list, and an int where the file has one and nothing is lost."""
    if not KEYS[name].is_list:
        return like(value, run.config.optimization[name])
    entries = _entries(run, name)
    old = entries[handle.place]
    if name == "DECAY_STEP_LIST":
        value = _between(entries, old, value, run.epochs or 1)
    entries[handle.place] = like(value, old)
    return entries


def _between(steps: list[float], old: float, epoch: float, epochs: int) -> float:
    """A step stays between those before and after it, and inside of the run; one that has no room stays."""
    low = max((step + 1 for step in steps if step < old), default=1)
    high = min((step - 1 for step in steps if step > old), default=max(epochs - 1, 1))
    return min(max(epoch, low), high) if low <= high else old


def pushed(run: Run, handle: Handle, direction: Direction, size: Size = "normal") -> Edits:
    """What the YAML is to hold after an arrow key: one unit of the value more or less, a tenth of it or ten."""
    name = handle.upright if direction in ("up", "down") else handle.sideways
    if not name:
        return {}
    key, old = KEYS[name], _number(run, name, handle.place if KEYS[name].is_list else -1)
    unit = _unit(key, old) * _STEPS[size]
    if key.kind.startswith("int"):
        unit = max(1.0, unit)
    up = direction in ("up", "right")
    if name == "DIV_FACTOR":
        up = not up  # a larger factor is a lower start
    value = _entered(run, handle, name, _snapped(key, old + (unit if up else -unit), size == "fine"))
    return {} if value == run.config.optimization[name] else {name: value}


def with_step(run: Run) -> Edits:
    """One more entry of DECAY_STEP_LIST, in the middle of the longest stretch without one; nothing where none fits."""
    if not handles(run) or not _has(run, "DECAY_STEP_LIST") or not run.epochs:
        return {}
    steps = sorted(step for step in _entries(run, "DECAY_STEP_LIST") if 0 <= step <= run.epochs)
    gap, start = max((b - a, -a) for a, b in pairwise([0, *steps, run.epochs]))
    return {"DECAY_STEP_LIST": sorted([*_entries(run, "DECAY_STEP_LIST"), int(-start + gap // 2)])} if gap >= 2 else {}


def without_step(run: Run, handle: Handle) -> Edits:
    """DECAY_STEP_LIST without the handle's entry; nothing for a handle of another key."""
    if handle.sideways != "DECAY_STEP_LIST":
        return {}
    steps = _entries(run, "DECAY_STEP_LIST")
    del steps[handle.place]
    return {"DECAY_STEP_LIST": steps}


def label(handle: Handle) -> str:
    """What a handle is called: the keys that it moves, and for an entry of a list which one.

    >>> label(Handle("peak", 0, 1, upright="LR", sideways="PCT_START"))
    'LR and PCT_START'
    >>> label(Handle("moms-1", 0, 1, upright="MOMS", place=1))
    'MOMS 2'
    """
    names = [f"{key} {handle.place + 1}" if KEYS[key].is_list else key for key in handle.keys]
    return names[0] if len(names) == 1 else _("{key} and {other}", key=names[0], other=names[1])


def said(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """What the YAML will read, in one line, of two blocks of the same keys.

    >>> said({"LR": 0.003}, {"LR": 0.0045})
    'LR: 0.0045 (was 0.003)'
    """
    changed = [name for name in after if after[name] != before.get(name)]
    return row(_("{key}: {new} (was {old})", key=name, new=after[name], old=before.get(name)) for name in changed)
