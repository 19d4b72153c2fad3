"""Every code block of the README and of docs/ is run, as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from markdown_it import MarkdownIt

from pcdet_sched.cli import main
from tests.checkout.styles import write
from tests.samples import POINTPILLAR

ROOT = Path(__file__).resolve().parents[2]
SHELL = re.compile(r"[|<>&;$*?`~]|\[.*\]")  # what only a shell understands
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> dict[Path, list[str]]:
    found: dict[Path, list[str]] = defaultdict(list)
    for page in PAGES:
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
            if token.type == "fence" and token.info.split(" ")[0] == language:
                found[page].append(token.content)
    return found


def by_page(language: str) -> list[object]:
    return [pytest.param(page, found, id=page.name) for page, found in blocks(language).items()]


def commands(script: str) -> list[str]:
    """The commands of a shell block: lines joined at a trailing backslash, without comments."""
    lines = script.replace("\\\n", " ").splitlines()
    return [bare for line in lines if (bare := re.sub(r"(^|\s)#.*", "", line).strip())]


def ours(page_blocks: list[str]) -> list[str]:
    return [line for script in page_blocks for line in commands(script) if line.startswith("pcdet-sched ")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.yaml").write_text(POINTPILLAR, encoding="utf-8")
    (tmp_path / "tuned.yaml").write_text(POINTPILLAR.replace("LR: 0.003", "LR: 0.0015"), encoding="utf-8")
    write(tmp_path, "classic").rename(tmp_path / "OpenPCDet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize(("page", "found"), by_page("python"))
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # an example may be shorter than a program
def test_python_examples_run_in_the_order_of_their_page(page: Path, found: list[str], folder: Path) -> None:
    names: dict[str, object] = {"__name__": "example"}
    for number, source in enumerate(found, 1):
        exec(compile(source, f"{page.name}, example {number}", "exec"), names)  # noqa: S102 - our own examples


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "line"),
    [pytest.param(p, line, id=f"{p.name}: {line[:70]}") for p, found in blocks("sh").items() for line in ours(found)],
)
def test_commands_of_ours_end_well(page: Path, line: str, folder: Path) -> None:
    if line.split()[1] == "app":
        pytest.skip("tests/ground starts the app")
    if not SHELL.search(line):  # a process of its own imports torch anew, which is most of what it costs
        ended = CliRunner().invoke(main, shlex.split(line)[1:], prog_name="pcdet-sched")
        assert ended.exit_code == 0, (ended.output, ended.exception)
        return
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def test_each_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        line.split()[1] for found in blocks("sh").values() for s in found for line in commands(s) if "make " in line[:5]
    }
    assert {"run", "test"} <= named
    for target in named:
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


def test_each_yaml_block_is_yaml() -> None:
    assert blocks("yaml")
    for page, found in blocks("yaml").items():
        for source in found:
            assert yaml.safe_load(source), page.name


def test_each_link_to_a_file_leads_to_one() -> None:
    links = [
        (page, target) for page in PAGES for target in re.findall(r"\]\((?!https?://|#|/\?)([^)#]+)", page.read_text())
    ]
    assert len(links) > 10
    assert [(page.name, target) for page, target in links if not (page.parent / target).exists()] == []
