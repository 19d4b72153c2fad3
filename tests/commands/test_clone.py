"""A file in a clone of a known fork is judged as that fork trains it; whoever says a trainer is obeyed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pcdet_sched.cli import main
from tests.samples import POINTPILLAR

WARMS_UP = POINTPILLAR.replace("adam_onecycle", "adam").replace("LR_WARMUP: False", "LR_WARMUP: True")
FORK = "EmiyaNing/OpenPCDet"  # repaired LR_WARMUP, which stops every release of OpenPCDet


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def clone(tmp_path: Path):
    """A clone with these remotes, and a file below it that only the fork trains."""

    def made(**remotes: str) -> Path:
        file = tmp_path / "tools" / "cfgs" / "adam.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(WARMS_UP)
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        for name, url in remotes.items():
            subprocess.run(["git", "-C", tmp_path, "remote", "add", name, url], check=True)
        return file

    return made


@pytest.mark.parametrize(
    "url", [f"https://github.com/{FORK}.git", f"git@github.com:{FORK.lower()}", f"https://github.com/{FORK}/"]
)
def test_a_folder_of_a_known_fork_is_judged_as_the_fork(clone, url):
    file = clone(origin="https://github.com/somebody/OpenPCDet", upstream=url)
    checked = run("check", file.parent)
    assert checked.exit_code == 0, checked.output
    assert checked.output.count(f"is a clone of {FORK}") == 1
    drawn = run("simulate", file, "--samples", 3712, "--every", 10_000, "--csv", "-")
    assert drawn.exit_code == 0
    assert "stops" not in drawn.output
    compared = run("compare", file, "--samples", 3712)
    assert "stops" not in compared.output


@pytest.mark.parametrize(
    "remotes",
    [
        {},
        {"origin": "https://github.com/open-mmlab/OpenPCDet"},
        {"origin": f"https://gitlab.example/{FORK}"},
        {"one": f"https://github.com/{FORK}", "two": "https://github.com/CVMI-Lab/PLA"},
    ],
)
def test_any_other_clone_is_judged_by_the_blocks_signs(clone, remotes):
    checked = run("check", clone(**remotes))
    assert checked.exit_code == 1
    assert "is a clone of" not in checked.output


def test_whoever_names_a_trainer_gets_it(clone):
    checked = run("check", clone(origin=f"https://github.com/{FORK}"), "--trainer", "classic")
    assert checked.exit_code == 1
    assert "is a clone of" not in checked.output


def test_without_git_the_blocks_signs_are_left(clone, monkeypatch):
    file = clone(origin=f"https://github.com/{FORK}")
    monkeypatch.setenv("PATH", "")
    assert run("check", file).exit_code == 1
