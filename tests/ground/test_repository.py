"""What a stranger gets: no traces of a machine, no large files, one version, one set of requirements."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

import pcdet_sched

TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".jsonl", ".sh", ".cfg", ".css", ".js", ""}

# Folders that every Unix has, or the image: a checkout right in one of them proves nothing.
COMMON = {Path("/", name) for name in ("", "app", "home", "mnt", "opt", "srv", "tmp", "usr", "var")}


def test_nothing_names_a_path_of_this_machine(root: Path, tracked: list[Path]) -> None:
    """Neither the checkout's own place, nor the folder it lies in, nor the home of who works here."""
    places = {root, root.parent, Path.home()} - COMMON
    named = re.compile("|".join(rf"(?<![\w.]){re.escape(str(place))}(?![\w-])" for place in places))
    texts = [path for path in tracked if path.suffix in TEXT]
    assert texts
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in texts
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if named.search(line)
    ]
    assert found == []


def test_no_file_is_larger_than_a_user_needs(root: Path, tracked: list[Path]) -> None:
    assert [str(path.relative_to(root)) for path in tracked if path.stat().st_size > 1_500_000] == []


def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())


def test_the_changelog_opens_with_the_version_of_the_package(root: Path) -> None:
    headings = re.findall(r"^## \[(.+?)\]", (root / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert next(heading for heading in headings if heading != "Unreleased") == pcdet_sched.__version__


def requirement_names(lines: list[str]) -> set[str]:
    names = [re.match(r"[\w-]+", line) for line in lines if line.strip() and not line.startswith("#")]
    return {name[0].lower().replace("_", "-") for name in names if name}


def test_requirements_pin_what_the_package_depends_on(root: Path) -> None:
    pinned = requirement_names((root / "requirements.txt").read_text().splitlines())
    metadata = project(root)["project"]
    # `make run` has the reader of event files too; a wheel brings it with the extra "logs".
    expected = metadata["dependencies"] + metadata["optional-dependencies"]["logs"]
    assert pinned == requirement_names(expected)


def declared(root: Path, place: str) -> set[str]:
    """The distributions that the files of a place may import."""
    metadata = project(root)
    if place == "hatch_build.py":
        return requirement_names(metadata["build-system"]["requires"])
    if place in ("pcdet_sched", "app.py", "pages"):
        extras = metadata["project"]["optional-dependencies"]
        return requirement_names([*metadata["project"]["dependencies"], *(line for e in extras.values() for line in e)])
    files = (root / "requirements.txt", root / "requirements-dev.txt")
    return requirement_names([line for file in files for line in file.read_text().splitlines()])


@pytest.mark.parametrize("place", ["pcdet_sched", "app.py", "pages", "hatch_build.py", "scripts", "tests"])
def test_every_import_is_declared(root: Path, tracked: list[Path], place: str) -> None:
    """At the place that counts for who runs the file; not what another library happens to bring along."""
    sources = packages_distributions()
    ours = {"pcdet_sched", "scripts", "tests", "sweep_works", *sys.stdlib_module_names}
    files = [path for path in tracked if path.suffix == ".py" and path.is_relative_to(root / place)]
    assert files
    undeclared = {
        (path.name, module)
        for path in files
        for module in imported_names(path) - ours
        if not {name.lower().replace("_", "-") for name in sources.get(module, [])} & declared(root, place)
    }
    assert undeclared == set()


def imported_names(path: Path) -> set[str]:
    """First parts of what a file imports anywhere in it, by name or by import_module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name.split(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module.split(".")[0])
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(module))]):
                names.add(module.split(".")[0])
    return names


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_an_exact_version(root: Path, name: str) -> None:
    lines = [line for line in (root / name).read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w-]+==[\w.]+", line)] == []


def test_torch_is_the_version_the_figures_were_checked_with(root: Path) -> None:
    assert "torch==2.13.0" in (root / "requirements.txt").read_text().splitlines()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_tests_run_with_the_pinned_versions(root: Path, name: str) -> None:
    pins = re.findall(r"^([\w-]+)==([\w.]+)$", (root / name).read_text(), re.MULTILINE)
    assert pins
    assert {package: version(package).split("+")[0] for package, _ in pins} == dict(pins)


def test_contributing_says_why_each_library_is_here(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text().lower()
    names = set()
    for name in ("requirements.txt", "requirements-dev.txt"):
        names |= requirement_names((root / name).read_text().splitlines())
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_the_tree_in_contributing_is_the_real_one(root: Path, tracked: list[Path]) -> None:
    """Every path in the tree is there, and every module and folder of the package is in the tree."""
    tree = (root / "CONTRIBUTING.md").read_text().split("```")[1]
    named = set()
    folders: list[str] = []
    for line in tree.splitlines()[1:]:
        name = line.split()[0] if line.split() else ""
        depth = (len(line) - len(line.lstrip())) // 2
        folders[depth:] = [name]
        named.add("".join(folders).rstrip("/"))
    assert sorted(path for path in named if path and not (root / path).exists()) == []
    parts = {
        "/".join(path.relative_to(root).parts[:2]) for path in tracked if path.is_relative_to(root / "pcdet_sched")
    }
    top = {path.relative_to(root).parts[0] for path in tracked}
    assert sorted((parts | top) - named) == []
