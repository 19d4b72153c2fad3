"""Measure the examples that Benchmark and Sweep open with: `python scripts/examples.py`; takes a minute."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pcdet_sched.zoo import FIRST, shipped

FOLDER = Path(__file__).resolve().parents[1] / "pcdet_sched" / "examples"
COMMANDS = {
    "benchmark.json": ["bench", "{file}", "--preset", "loss-scale", "--json"],
    "sweep.jsonl": ["sweep", "{file}", "--grid", "clip=1,10,35,off", "--grid", "LR=log:0.001..0.01:3",
                    "--iterations", "100", "--json-lines"],
}  # fmt: skip


def machine() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return (names or [platform.processor()])[0]


def main() -> None:
    """Measure, and write the files beside what they were measured with."""
    entry = shipped(*FIRST)
    FOLDER.mkdir(exist_ok=True)
    about = {}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / f"{entry.model}.yaml"
        config.write_text(entry.to_yaml(), encoding="utf-8")
        for name, words in COMMANDS.items():
            (FOLDER / name).unlink(missing_ok=True)
            given = [word.format(file=config) for word in words]
            subprocess.run([sys.executable, "-m", "pcdet_sched", *given, str(FOLDER / name)], check=True)
            about[name] = {
                "command": " ".join(["pcdet-sched", *(word.format(file=config.name) for word in words), name]),
                "machine": machine(),
                "cores": len(os.sched_getaffinity(0)),  # those that this process may use
                "when": datetime.now(UTC).date().isoformat(),
            }
    (FOLDER / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
