"""What recording costs, and half precision on the CPU. `make bench` measures; the tests alone check the machinery."""

from __future__ import annotations

import time
from statistics import median

import pytest

from pcdet_sched.benchmark.loop import CHUNK, Training
from pcdet_sched.benchmark.recorder import Recorder
from pcdet_sched.benchmark.variant import Description, Variant

pytestmark = pytest.mark.benchmark


def paired(iterations, *trainings):
    """CPU seconds per iteration of trainings that take turns, so that whatever else runs meets all alike."""
    taken = [[] for _ in trainings]
    for k in range(iterations):
        for (training, recorder), seconds in zip(trainings, taken, strict=True):
            begun = time.thread_time()
            training.step(k, recorder)
            if k % CHUNK == CHUNK - 1 and isinstance(recorder, Recorder):
                recorder.fetch()
            seconds.append(time.thread_time() - begun)
    return taken


def training(block, precision, *, recorder=None, probe_every=10**6):
    made = Training(Description(Variant.from_block(block, precision=precision), probe_every=probe_every))
    return made, Recorder(made.model, made.device) if recorder is None else recorder


@pytest.fixture
def iterations(benchmark):
    """Enough to measure under `make bench`, else just enough to run."""
    return 150 if benchmark.enabled else 12


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_recording_costs_at_most_5_percent(benchmark, block, silence, iterations, precision):
    def measure():
        silent, recorded = paired(
            iterations, training(block, precision, recorder=silence), training(block, precision, probe_every=50)
        )
        return median(silent), median(recorded), sum(recorded) / sum(silent)

    silent, recorded, whole = benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info.update(silent_ms=silent * 1e3, recorded_ms=recorded * 1e3, ratio_with_probes=whole)
    assert silent > 0
    if iterations > 100:
        assert recorded / silent < 1.05


def test_fp16_takes_at_most_3_times_fp32_on_the_cpu(benchmark, block, iterations):
    def measure():
        return tuple(map(median, paired(iterations, training(block, "fp32"), training(block, "fp16"))))

    single, half = benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info.update(fp32_ms=single * 1e3, fp16_ms=half * 1e3)
    assert half / single < (3 if iterations > 100 else 30)
