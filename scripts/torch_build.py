"""Which build of torch pip is to take: prints the index that it needs beside its own.

Which build that is and how big is said on standard error.

    index=$(python scripts/torch_build.py) && pip install ${index:+--extra-index-url "$index"} -r requirements.txt

On Linux, PyPI's torch is the one with CUDA. The build for processors lies on an index of PyTorch's own as 2.13.0+cpu,
which pip prefers to 2.13.0 where it is offered both. `TORCH=cpu` or `TORCH=cuda` in the environment decides instead of
the driver, `TORCH_INDEX` names a mirror of that index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread
from urllib.parse import quote
from urllib.request import urlopen

INDEX = "https://download.pytorch.org/whl/cpu"
# To download for x86-64, measured with torch 2.13.0; what torch needs beside it is counted.
CPU, CUDA = "about 0.2 GB", "about 2.9 GB"
SECONDS = 3.0


def pinned() -> str:
    """The version of torch in requirements.txt."""
    text = (Path(__file__).parents[1] / "requirements.txt").read_text()
    return re.search(r"^torch==(.+)$", text, re.MULTILINE)[1]  # type: ignore[index]


def installed() -> str | None:
    """The version of torch that this Python has, without +cpu and the like."""
    try:
        return version("torch").partition("+")[0]
    except PackageNotFoundError:
        return None


def has_driver() -> bool:
    """Whether nvidia-smi is there and lists a GPU."""
    program = shutil.which("nvidia-smi")
    try:
        return bool(program) and subprocess.run(
            [str(program), "-L"], capture_output=True, check=True, timeout=SECONDS
        ).stdout.startswith(b"GPU ")
    except (OSError, subprocess.SubprocessError):
        return False


def offers(index: str, wanted: str) -> bool:
    """Whether the index lists that version within SECONDS. A thread, since no time-out covers the look-up of a name."""
    found = []

    def ask() -> None:
        try:
            with urlopen(f"{index.rstrip('/')}/torch/", timeout=SECONDS) as page:  # noqa: S310  (the user's own index)
                text = page.read().decode(errors="replace")
                found.append(wanted in text or quote(wanted) in text)
        except (OSError, HTTPException, ValueError):
            found.append(False)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(SECONDS)
    return found == [True]


def choice(build: str, index: str, wanted: str) -> tuple[str, str]:
    """The index, empty where pip needs none, and what is said."""
    cuda = f"torch {wanted} with CUDA, {CUDA} to download"
    if build == "cuda":
        return "", f"{cuda}: TORCH=cuda"
    if build != "cpu" and has_driver():
        return "", f"{cuda}: an NVIDIA driver is here (TORCH=cpu takes the build for processors)"
    if not offers(index, f"torch-{wanted}+cpu-"):
        return "", (
            f"torch {wanted} from where pip looks by itself: {index} did not offer the build for processors within "
            f"{SECONDS:g} s. From PyPI it is the one with CUDA, {CUDA} to download"
        )
    return index, f"torch {wanted} for processors, {CPU} to download, from {index}"


def main() -> int:
    """Print and say; 2 where TORCH is not one of its three words."""
    build, index = os.environ.get("TORCH") or "auto", os.environ.get("TORCH_INDEX") or INDEX
    if build not in ("auto", "cpu", "cuda"):
        print(f"TORCH is {build!r}, but must be auto, cpu or cuda.", file=sys.stderr)
        return 2
    wanted = pinned()
    # Elsewhere PyPI's torch has no CUDA, and what is installed is not downloaded.
    if sys.platform == "linux" and installed() != wanted:
        needed, said = choice(build, index, wanted)
        print(f"{said}.", file=sys.stderr)
        print(needed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
