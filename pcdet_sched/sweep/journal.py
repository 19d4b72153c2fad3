"""A sweep's results in a file, one JSON object per line, written as they come.

Each line has `format`, `version`, `pcdet_sched` (the version that measured it), `id`, `attempts`, `seconds`, `worker`
and either `run`, as in a benchmark's JSON, or `failure` and the description under `variant` and `conditions`. A line
that was cut off when the machine went down is dropped when the file is opened again.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from pcdet_sched import __version__
from pcdet_sched.benchmark.result import BenchmarkRun
from pcdet_sched.benchmark.serialise import CODEC, MAX_BYTES, description_of, with_description
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.codec import CodecError, loads, read
from pcdet_sched.language import _
from pcdet_sched.sweep.result import Trial, run_id

FORMAT, VERSION = "pcdet-sched-sweep", 1
SAME_NUMBERS = ("0.1.0",)
"""Earlier versions of pcdet_sched whose runs are the same as this one's."""
_HEAD = f'{{"format": "{FORMAT}"'.encode()  # every line begins so


def to_line(trial: Trial) -> str:
    """A trial as one line of JSON, with its end."""
    values: dict[str, object] = {"format": FORMAT, "version": VERSION, "pcdet_sched": __version__, "id": trial.id}
    values |= {"attempts": trial.attempts, "seconds": trial.seconds, "worker": trial.worker}
    if trial.run is not None:
        values["run"] = CODEC.unstructure(trial.run)
    else:
        values |= {"failure": trial.failure, **with_description(trial.description)}
    return json.dumps(values, allow_nan=False) + "\n"


def from_line(line: str | bytes) -> Trial:
    """The trial that `to_line` wrote. Raises BenchmarkError with what is wrong."""
    try:
        values = loads(line, MAX_BYTES)
        _check_head(values)
        return read(CODEC, values, Trial)
    except CodecError as error:
        raise BenchmarkError(str(error)) from error


def _trial(values: dict[str, object], _kind: object) -> Trial:
    run = read(CODEC, values["run"], BenchmarkRun) if "run" in values else None
    described = run.description if run else description_of(values)
    return Trial(
        run_id(described),  # worked out, not believed: two lines of one description can never count as two runs
        described,
        run,
        "" if run else str(values["failure"]) or "unknown",
        read(CODEC, values["attempts"], int),
        read(CODEC, values["seconds"], float),
        read(CODEC, values["worker"], str),
    )


CODEC.register_structure_hook(Trial, _trial)


def _check_head(values: object) -> None:
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BenchmarkError(_("this is no result of a sweep"))
    if values.get("version") != VERSION:
        words = _("its version is {version!s:.20}; only {known} is known", version=values.get("version"), known=VERSION)
        raise BenchmarkError(words)
    measured_by = values.get("pcdet_sched")
    if measured_by not in (__version__, *SAME_NUMBERS):
        words = _("it was measured by pcdet_sched {version!s:.20}, and this is {here}")
        raise BenchmarkError(words.format(version=measured_by, here=__version__))


def read_trials(text: bytes) -> tuple[Trial, ...]:
    """The trials of a file, one per description: the last one, but no failure in place of a run.

    A last line that was cut off is left out. Raises BenchmarkError with the number of a line that cannot be read.
    """
    *lines, tail = text.split(b"\n")
    if tail and _is_complete(tail):
        lines.append(tail)
    found: dict[str, Trial] = {}
    for number, line in enumerate(lines, 1):
        try:
            trial = from_line(line)
        except BenchmarkError as error:
            raise BenchmarkError(_("line {number}: {error}", number=number, error=error)) from error
        if trial.run is not None or trial.id not in found or found[trial.id].run is None:
            found[trial.id] = trial
    return tuple(found.values())


def _is_complete(tail: bytes) -> bool:
    """Whether a last line without an end is all there: it was cut off just before its end."""
    try:
        from_line(tail)
    except BenchmarkError:
        return False
    return True


class Journal:
    """A file that results are appended to, locked while it is open.

    `known` are the trials that it held when it was opened. Raises BenchmarkError for a file that cannot be read as a
    sweep's, or that another sweep is writing, and OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = path.open("ab+")
        try:
            self._lock()
            self._file.seek(0)
            self.known = self._mended(self._file.read())
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchmarkError(_("another sweep is writing {path}", path=self.path)) from None

    def _mended(self, text: bytes) -> tuple[Trial, ...]:
        """What the file holds; a line that was cut off is completed or removed, so that the next one stands alone."""
        try:
            known = read_trials(text)
        except BenchmarkError as error:
            raise BenchmarkError(_("{path} is left alone: {error}", path=self.path, error=error)) from error
        tail = text.rpartition(b"\n")[2]
        if tail and _is_complete(tail):
            self._file.write(b"\n")
        elif not _HEAD.startswith(tail[: len(_HEAD)]):
            words = _("{path} is left alone: its last line is no result of a sweep", path=self.path)
            raise BenchmarkError(words)
        else:
            self._file.truncate(len(text) - len(tail))
        self._flush()
        return known

    def append(self, trial: Trial) -> None:
        """Write a trial; when this returns, it is on the disk. Raises OSError."""
        self._file.write(to_line(trial).encode())
        self._flush()

    def _flush(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file, which unlocks it."""
        self._file.close()
