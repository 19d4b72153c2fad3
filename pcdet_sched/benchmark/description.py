"""A benchmark run as data: what to run, for how long, on which device."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.variant import BenchmarkError, Variant, check_whole
from pcdet_sched.key import is_number
from pcdet_sched.language import _

if TYPE_CHECKING:
    from pcdet_sched.limits import Limits

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
