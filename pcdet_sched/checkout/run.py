"""Starts the child process for a checkout, reads what it says, and ends it where it stays silent."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pcdet_sched.checkout import cache
from pcdet_sched.checkout.result import CODEC, CheckoutError, Order, Outcome, RanFile, Said, Work
from pcdet_sched.codec import CodecError, loads, read
from pcdet_sched.language import ENVIRONMENT, _, current

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.checkout.find import Checkout

_ROOT = Path(__file__).resolve().parents[2]  # where the package lies, installed or not
_LINE = 2**20
_PRINTED = 2_000


@dataclass(frozen=True)
class Allowance:
    """What a checkout's code may use: seconds without a sign of life, seconds of CPU, MB of memory above its start."""

    silent_seconds: float = 60.0
    cpu_seconds: int = 900
    megabytes: int = 2_000


@dataclass(frozen=True, eq=False)
class Done:
    """One order, run: its outcome, and a row for each step of the optimizer.

    `rows` has shape (steps, 4), float64: iteration, lr, momentum, lr of the last parameter group.
    """

    outcome: Outcome
    rows: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """All that a child said: the orders in order, and the files that were run."""

    done: tuple[Done, ...]
    files: tuple[RanFile, ...]


def run(
    checkout: Checkout,
    orders: Sequence[Order],
    limits: Allowance = Allowance(),
    tell: Callable[[int], None] | None = None,
) -> Answer:
    """Run orders in a process of their own, or read again what came of them before.

    Raises CheckoutError where that cannot be done or takes too much.
    """
    name = cache.key(checkout, orders)
    kept = cache.read(name)
    if kept is not None:
        with contextlib.suppress(CheckoutError):
            return _answer([_said(line.encode()) for line in kept])
    work = Work(
        str(checkout.root), str(checkout.tools), str(checkout.optimization), str(checkout.loop), checkout.packages,
        tuple(orders), limits.cpu_seconds, limits.megabytes,
    )  # fmt: skip
    lines = list(_lines(work, limits, tell))
    cache.write(name, [json.dumps(CODEC.unstructure(said)) for said in lines])
    return _answer(lines)


def _answer(lines: Sequence[Said]) -> Answer:
    done: list[Done] = []
    parts = [np.empty((0, 4))]  # of one order, until its outcome
    for said in lines:
        if said.again:
            del parts[1:]
        if said.rows:
            parts.append(_rows(said.rows))
        if said.outcome is not None:
            done.append(Done(said.outcome, np.concatenate(parts)))
            del parts[1:]
    return Answer(tuple(done), next((said.files for said in lines if said.files is not None), ()))


def _rows(text: str) -> NDArray[np.float64]:
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f8").reshape(-1, 4)
    except ValueError as error:
        raise CheckoutError(_("The checkout's process answers with rows that are none.")) from error


def _said(line: bytes) -> Said:
    try:
        return read(CODEC, loads(line, _LINE), Said)
    except CodecError as error:
        raise CheckoutError(
            _("The checkout's process gives an answer that cannot be read: {why}.", why=error)
        ) from error


def _lines(work: Work, limits: Allowance, tell: Callable[[int], None] | None) -> Iterator[Said]:
    """What the child says, line by line, up to its last. Its folder and its process are gone afterwards."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pcdet-sched-"))
        printed = stack.enter_context((Path(folder) / "printed").open("w+b"))
        here, there = os.pipe()
        output = stack.enter_context(os.fdopen(here, "rb", buffering=0))
        process = _start(work, folder, there, printed.fileno())
        stack.callback(_end, process)
        try:
            yield from _until_end(process, output, limits, tell)
        except CheckoutError as error:
            raise CheckoutError(str(error), _tail(printed.fileno())) from error


def _start(work: Work, folder: str, there: int, printed: int) -> subprocess.Popen[bytes]:
    order = Path(folder) / "order"
    order.write_text(json.dumps(CODEC.unstructure(work)), encoding="utf-8")
    (Path(folder) / "work").mkdir()
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8",
        "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1", "WANDB_MODE": "disabled", ENVIRONMENT: current(),
    }  # fmt: skip
    try:
        with order.open("rb") as stdin:
            return subprocess.Popen(
                [sys.executable, "-m", "pcdet_sched.checkout.child", str(there)],
                stdin=stdin,
                stdout=printed,
                stderr=printed,
                cwd=Path(folder) / "work",
                env=environment,
                pass_fds=(there,),
                start_new_session=True,
            )
    finally:
        os.close(there)


def _until_end(
    process: subprocess.Popen[bytes], output: object, limits: Allowance, tell: Callable[[int], None] | None
) -> Iterator[Said]:
    iterations = 0
    for line in _split(output, limits):
        said = _said(line)
        if said.trouble:
            raise CheckoutError(_("The checkout cannot be run: {why}.", why=said.trouble))
        if said.rows and tell is not None:
            iterations += len(said.rows) * 3 // 4 // 32
            tell(iterations)
        yield said
        if said.files is not None:
            return
    raise CheckoutError(_buried(process, limits))


def _split(output: object, limits: Allowance) -> Iterator[bytes]:
    """The lines of a pipe. Raises CheckoutError where nothing comes for too long, or a line does not end."""
    left, deadline = b"", time.monotonic() + limits.silent_seconds
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)  # type: ignore[arg-type] # a raw file
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                seconds = f"{limits.silent_seconds:g}"
                raise CheckoutError(_("The checkout's code was ended: no progress in {seconds} s.", seconds=seconds))
            piece = os.read(output.fileno(), 2**16)  # type: ignore[attr-defined]
            if not piece:
                return
            *lines, left = (left + piece).split(b"\n")
            if len(left) > _LINE:
                raise CheckoutError(_("The checkout's process answers without end."))
            if lines:
                deadline = time.monotonic() + limits.silent_seconds
            yield from lines


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _buried(process: subprocess.Popen[bytes], limits: Allowance) -> str:
    code = process.wait()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return _("The checkout's code was ended: more than {seconds} s of CPU.", seconds=limits.cpu_seconds)
    if code < 0:
        return _("The checkout's process was ended by {signal}.", signal=signal.Signals(-code).name)
    return _("The checkout's code ends the process, with exit code {code} and without an answer.", code=code)


def _tail(file: int) -> str:
    """The last characters of what the code has printed."""
    size = os.fstat(file).st_size
    os.lseek(file, max(0, size - _PRINTED), os.SEEK_SET)
    return os.read(file, _PRINTED).decode("utf-8", "replace")
