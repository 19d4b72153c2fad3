"""A module of this package in a process of its own, told lines and answering with JSON lines."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]  # where the package lies, installed or not
ENDINGS = {
    "done": "",
    "stopped": "Stopped. What was measured until then is kept.",
    "time": "Stopped at the time limit of this server. What was measured until then is kept.",
    "silence": "Ended because the page was closed.",
}
"""Why a process says that it ended → the sentence for its visitor."""


class ChildProcess:
    """`python -m module`, its input and its output. Every method may be called from any thread.

    `take` is called with each event that the process tells, `gone` with its exit code once it has told the last; both
    on a thread of this object's own. `environment` is added to this process's.
    """

    def __init__(
        self,
        module: str,
        take: Callable[[dict[str, Any]], None],
        gone: Callable[[int], None],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._module, self._take, self._gone = module, take, gone
        self._environment = dict(environment or {})
        self._writing = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(self, first: str) -> None:
        """Start the process and tell it its first line."""
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, **self._environment},
            start_new_session=True,  # Ctrl-C at the server's terminal is the server's
        )
        self.tell(first)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    @property
    def pid(self) -> int | None:
        """The process id, None before `start`."""
        return None if self._process is None else self._process.pid

    def tell(self, line: str) -> None:
        """Write a line to the process. One that is gone, or not begun, is told nothing."""
        if self._process is None or self._process.stdin is None:
            return
        # That a process is gone shows where its output ends.
        with self._writing, contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """End the process at once, if it runs."""
        if self._process is not None:
            self._process.kill()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout as lines:
                for line in lines:
                    self._take(json.loads(line))
        code = process.wait()
        if process.stdin is not None:
            with self._writing, contextlib.suppress(OSError):
                process.stdin.close()
        self._gone(code)
