"""A benchmark's result as JSON and as CSV, and back from JSON.

The JSON holds `format`, `version`, `device`, `torch_version` and `runs`; each run its `variant`, its other conditions,
its `summary` and, under `iterations`, one list per column of `Readings`. It is JSON by the letter: nan and inf are the
texts "nan", "inf" and "-inf", and null is what was not measured.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pcdet_sched.benchmark.description import Description
from pcdet_sched.benchmark.numbers import decode, decode_number, encode
from pcdet_sched.benchmark.parse import format_variant
from pcdet_sched.benchmark.result import COLUMNS, Anomaly, BenchmarkResult, BenchmarkRun, Readings, Summary, summarise
from pcdet_sched.benchmark.variant import BenchmarkError

FORMAT, VERSION = "pcdet-sched-benchmark", 1
MAX_BYTES = 20_000_000
MAX_RUNS = 1_000
MAX_ITERATIONS = 100_000
"""Bounds of a file that is read back: of its size, of its runs, of the iterations of one run."""


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


def run_to_dict(run: BenchmarkRun) -> dict[str, Any]:
    """One run as values that JSON has."""
    conditions = run.description.to_dict()
    summary = {name: _plain(value) for name, value in asdict(run.summary).items()}
    return {
        "variant": conditions.pop("variant"),
        "conditions": conditions,
        "device": run.device,
        "torch_version": run.torch_version,
        "stopped": run.stopped,
        "summary": summary,
        "iterations": readings_to_dict(run.readings),
    }


def readings_to_dict(readings: Readings) -> dict[str, list[Any]]:
    """The columns of readings as values that JSON has."""
    return {name: [encode(value) for value in getattr(readings, name)] for name in COLUMNS}


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict) else encode(value)


def from_json(text: str | bytes) -> BenchmarkResult:
    """The result that `to_json` wrote. Raises BenchmarkError with what is wrong for any other text.

    What a summary can say from the readings is worked out from them, not believed.

    >>> from_json("[1, 2]")
    Traceback (most recent call last):
    ...
    pcdet_sched.benchmark.variant.BenchmarkError: this is no benchmark result: it does not begin with a format
    """
    if len(text) > MAX_BYTES:
        raise BenchmarkError(f"a benchmark result of {len(text)} bytes; at most {MAX_BYTES} are read")
    try:
        values = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"this is no JSON: {error}") from error
    runs = _runs_of(values)
    return BenchmarkResult(tuple(_read_run(number, run) for number, run in enumerate(runs, 1)))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _runs_of(values: Any) -> list[Any]:
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BenchmarkError("this is no benchmark result: it does not begin with a format")
    if values.get("version") != VERSION:
        raise BenchmarkError(f"a benchmark result of version {values.get('version')!r:.20}; only {VERSION} is known")
    runs = values.get("runs")
    if not isinstance(runs, list) or len(runs) > MAX_RUNS:
        raise BenchmarkError(f"a benchmark result holds a list of at most {MAX_RUNS} runs")
    return runs


def _read_run(number: int, values: Any) -> BenchmarkRun:
    try:
        return run_from_dict(values)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise BenchmarkError(f"run {number} of the benchmark result cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return text[:200]


def run_from_dict(values: Any) -> BenchmarkRun:
    """One run from `run_to_dict`'s values. Raises TypeError, KeyError or ValueError for anything else."""
    description = Description.from_dict({**values["conditions"], "variant": values["variant"]})
    readings = readings_from_dict(values["iterations"])
    return BenchmarkRun(
        description,
        device=_text(values["device"]),
        torch_version=_text(values["torch_version"]),
        readings=readings,
        summary=_read_summary(values["summary"], readings),
        stopped=_flag(values["stopped"]),
    )


def _read_summary(values: dict[str, Any], readings: Readings) -> Summary:
    anomaly = values["first_non_finite"]
    return summarise(
        readings,
        None if anomaly is None else Anomaly(_whole(anomaly["iteration"]), _text(anomaly["place"])),
        _whole(values["peak_memory"]),
    )


def readings_from_dict(values: dict[str, Any]) -> Readings:
    """Readings from `readings_to_dict`'s values. Raises TypeError, KeyError or ValueError for anything else."""
    return Readings(**{name: _column(values[name], _READERS.get(name, decode_number)) for name in COLUMNS})


def _column(values: Any, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    if not isinstance(values, list) or len(values) > MAX_ITERATIONS:
        raise ValueError(f"a column is a list of at most {MAX_ITERATIONS} entries")
    return tuple(read(value) for value in values)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{value!r:.40} where a whole number is needed")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r:.40} where true or false is needed")  # noqa: TRY004 - what is wrong is the file
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError("a short text is needed")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {"iteration": _whole, "skipped": _flag, "underflow": decode}


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
