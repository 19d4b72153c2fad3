"""A benchmark's result as JSON and as CSV, and back from JSON.

The JSON holds `format`, `version`, `device`, `torch_version` and `runs`; each run its `variant`, its other conditions,
its `summary` and, under `iterations`, one list per column of `Readings`. nan and inf are the texts "nan", "inf" and
"-inf" (`pcdet_sched.codec`), and null is what was not measured.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from cattrs.gen import make_dict_unstructure_fn, override

from pcdet_sched.benchmark.parse import format_variant
from pcdet_sched.benchmark.result import COLUMNS, Anomaly, BenchmarkResult, BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.variant import BenchmarkError, Description, Spike, Variant
from pcdet_sched.codec import CodecError, converter, encode, loads, read
from pcdet_sched.language import _

FORMAT, VERSION = "pcdet-sched-benchmark", 1
MAX_BYTES = 20_000_000
MAX_RUNS = 1_000
"""Bounds of a file that is read back: of its size and of its runs."""


def with_description(description: Description) -> dict[str, object]:
    """A description as files have it: the variant, and beside it the other conditions."""
    conditions = CODEC.unstructure(description)
    return {"variant": conditions.pop("variant"), "conditions": conditions}


def description_of(values: Mapping[str, Any]) -> Description:
    """The description that `with_description` wrote. Raises CodecError."""
    return read(CODEC, {**values["conditions"], "variant": values["variant"]}, Description)


def run_to_dict(run: BenchmarkRun) -> dict[str, object]:
    """One run as values that JSON has."""
    return {
        **with_description(run.description),
        "device": run.device,
        "torch_version": run.torch_version,
        "stopped": run.stopped,
        "summary": CODEC.unstructure(run.summary),
        "iterations": CODEC.unstructure(run.readings),
    }


def _run_from_dict(values: Mapping[str, Any], _kind: object) -> BenchmarkRun:
    """What a summary can say from the readings is worked out from them, not believed."""
    readings, summary = read(CODEC, values["iterations"], Readings), values["summary"]
    anomaly, memory = summary["first_non_finite"], read(CODEC, summary["peak_memory"], int)
    if memory < 0:
        raise CodecError(f"peak_memory is {memory}")
    first = None if anomaly is None else read(CODEC, anomaly, Anomaly)
    return BenchmarkRun(
        description_of(values),
        device=read(CODEC, values["device"], str),
        torch_version=read(CODEC, values["torch_version"], str),
        readings=readings,
        summary=summarise(readings, first, memory),
        stopped=read(CODEC, values["stopped"], bool),
    )


CODEC = converter()
"""Descriptions, readings and runs as values that JSON has, and back with `codec.read`."""
CODEC.register_unstructure_hook(Spike, lambda spike: [spike.iteration, encode(spike.magnitude)])
CODEC.register_structure_hook(
    Spike, lambda values, _kind: Spike(read(CODEC, values[0], int), read(CODEC, values[1], float))
)
# A file and a run's id of before there were trainers stay what they are.
CODEC.register_unstructure_hook(
    Variant, make_dict_unstructure_fn(Variant, CODEC, trainer=override(omit_if_default=True))
)
CODEC.register_unstructure_hook(BenchmarkRun, run_to_dict)
CODEC.register_structure_hook(BenchmarkRun, _run_from_dict)


def to_json(result: BenchmarkResult) -> str:
    """The result as text. Its device and torch version are those of the first run; each run holds its own too.

    >>> from_json(to_json(BenchmarkResult()))
    BenchmarkResult(runs=())
    """
    first = result.runs[0] if result.runs else None
    values = {
        "format": FORMAT,
        "version": VERSION,
        "device": first.device if first else None,
        "torch_version": first.torch_version if first else None,
        "runs": [run_to_dict(run) for run in result.runs],
    }
    return json.dumps(values, allow_nan=False)


def from_json(text: str | bytes) -> BenchmarkResult:
    """The result that `to_json` wrote. Raises BenchmarkError with what is wrong for any other text.

    >>> from_json("[1, 2]")
    Traceback (most recent call last):
    ...
    pcdet_sched.benchmark.variant.BenchmarkError: this is no benchmark result: it does not begin with a format
    """
    try:
        values = loads(text, MAX_BYTES)
    except CodecError as error:
        raise BenchmarkError(_("a benchmark result cannot be read: {error}", error=error)) from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BenchmarkError(_("this is no benchmark result: it does not begin with a format"))
    if values.get("version") != VERSION:
        found = f"{values.get('version')!r:.20}"
        words = _("a benchmark result of version {version}; only {known} is known", version=found, known=VERSION)
        raise BenchmarkError(words)
    runs = values.get("runs")
    if not isinstance(runs, list) or len(runs) > MAX_RUNS:
        raise BenchmarkError(_("a benchmark result holds a list of at most {most} runs", most=MAX_RUNS))
    return BenchmarkResult(tuple(_read_run(number, run) for number, run in enumerate(runs, 1)))


def _read_run(number: int, values: object) -> BenchmarkRun:
    try:
        return read(CODEC, values, BenchmarkRun)
    except CodecError as error:
        words = _("run {number} of the benchmark result cannot be read: {error}", number=number, error=error)
        raise BenchmarkError(words) from error


def to_csv(result: BenchmarkResult) -> str:
    """One row per run and iteration: the run's number from 1, its variant as text, then the columns of `Readings`.

    >>> to_csv(BenchmarkResult()).startswith("run,variant,iteration,lr")
    True
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["run", "variant", *COLUMNS])
    for number, run in enumerate(result.runs, 1):
        columns = [getattr(run.readings, name) for name in COLUMNS]
        writer.writerows([number, format_variant(run.variant), *row] for row in zip(*columns, strict=True))
    return out.getvalue()
