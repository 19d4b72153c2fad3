"""What comes of a run in a sweep, and of the whole sweep."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.result import BenchmarkResult
from pcdet_sched.benchmark.serialise import CODEC

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkRun
    from pcdet_sched.benchmark.variant import Description


def run_id(description: Description) -> str:
    """A name that is the same for the same description on every machine: 16 hexadecimal digits.

    >>> from pcdet_sched.benchmark.variant import Description, Variant
    >>> run_id(Description(Variant(seed=1))) == run_id(Description(Variant(seed=1)))
    True
    """
    text = json.dumps(CODEC.unstructure(description), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Trial:
    """One run of a sweep: measured, or failed with a reason.

    `run` is None exactly where `failure` is not empty. `attempts`: how often it was tried. `seconds`: of the last
    attempt, on the worker. `worker`: who ran it, empty where that is not known.
    """

    id: str
    description: Description
    run: BenchmarkRun | None
    failure: str = ""
    attempts: int = 1
    seconds: float = 0.0
    worker: str = ""


@dataclass(frozen=True)
class SweepResult:
    """Trials in the order of the descriptions, those that are there.

    `stopped`: it was ended before its last run. `cut_off`: the runs that the stop cut short, with what they had
    measured; a file of a sweep does not hold them.
    """

    trials: tuple[Trial, ...] = ()
    stopped: bool = False
    cut_off: tuple[BenchmarkRun, ...] = ()

    @property
    def measured(self) -> tuple[Trial, ...]:
        """The trials that hold a run."""
        return tuple(trial for trial in self.trials if trial.run is not None)

    @property
    def failed(self) -> tuple[Trial, ...]:
        """The trials that hold a failure."""
        return tuple(trial for trial in self.trials if trial.run is None)

    def benchmark(self) -> BenchmarkResult:
        """The measured runs as one benchmark, those that were cut off at its end."""
        return BenchmarkResult((*(trial.run for trial in self.trials if trial.run is not None), *self.cut_off))
