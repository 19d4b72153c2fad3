"""The process that runs a checkout's code: `python -m pcdet_sched.checkout.child FD`.

Standard input holds the `Work` as JSON; the lines of `Said` go to the file descriptor FD. What the code prints goes
wherever standard output does, which is none of ours.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import IO

import torch

from pcdet_sched.checkout import shims, stand_ins
from pcdet_sched.checkout.result import CODEC, RanFile, Said, Work
from pcdet_sched.checkout.session import Parts, follow
from pcdet_sched.checkout.trouble import told
from pcdet_sched.codec import read
from pcdet_sched.language import of_the_terminal, speak


def main() -> None:
    """Run the work and say what came of it, whatever that is."""
    out = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    os.set_inheritable(out.fileno(), False)
    work = read(CODEC, json.load(sys.stdin), Work)
    torch.set_num_threads(1)
    speak(of_the_terminal())  # of the one who asked: what is told stands among that one's sentences
    shims.mend()
    _limit(work)
    trouble = ""
    try:
        _do(work, out)
    except BaseException as error:  # noqa: BLE001 - whatever the code does is told, and the process ends
        trouble = told(error, work.root, work.megabytes)
    _say(out, Said(trouble=trouble, files=_files(Path(work.root))))
    os._exit(0)  # threads and exit handlers of the code have had their time


def _say(out: IO[str], said: Said) -> None:
    out.write(json.dumps(CODEC.unstructure(said)) + "\n")
    out.flush()


def _limit(work: Work) -> None:
    """What the code may use from here on; what Python and torch have taken is not counted."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        used = int(pages.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        most = used + work.megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (work.seconds, work.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**26, 2**26))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _do(work: Work, out: IO[str]) -> None:
    parts = Parts(work)
    stand_ins.install(Path(work.root), work.packages, parts.document)
    # As `python train.py` in tools has it; the root comes last, for what is imported by its full name.
    sys.path.insert(0, work.tools)
    sys.path.append(work.root)
    parts.load()
    for order in work.orders:
        outcome = follow(parts, order, lambda said: _say(out, said))
        _say(out, Said(outcome=outcome))


def _files(root: Path) -> tuple[RanFile, ...]:
    """Every file below the root that a module in this process came from."""
    named = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    ours = sorted(Path(name) for name in named if isinstance(name, str) and Path(name).is_relative_to(root))
    return tuple(
        RanFile(str(file.relative_to(root)), hashlib.sha256(file.read_bytes()).hexdigest())
        for file in ours
        if file.is_file()
    )


if __name__ == "__main__":
    main()
