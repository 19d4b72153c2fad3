"""A path on the user's disk → where the trainer's parts lie in it, and what their text says. None of it is run."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from pcdet_sched.checkout.result import CheckoutError
from pcdet_sched.language import _

_BUILDERS = ("build_optimizer", "build_scheduler")
_MOST_FILES = 3_000
_LARGEST = 2 * 2**20


@dataclass(frozen=True)
class Checkout:
    """A checkout: `root`, its `tools`, the file with build_optimizer and build_scheduler, the one with train_model.

    `packages` are its own importable packages beside tools, such as pcdet.
    """

    root: Path
    tools: Path
    optimization: Path
    loop: Path
    packages: tuple[str, ...]

    @cached_property
    def sources(self) -> dict[str, str]:
        """Path below the root → SHA-256, of each Python file that a run can meet. Read once."""
        own = [self.root / name / "utils" for name in self.packages]
        files = [file for folder in (self.tools, *own) for file in _python_files(folder)]
        return {str(file.relative_to(self.root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    @cached_property
    def commit(self) -> str | None:
        """The commit that is checked out; None where that is no git repository, or there is no git."""
        return git(self.root, "rev-parse", "HEAD")

    def changed(self, paths: list[str]) -> bool:
        """Whether one of these files differs from the commit."""
        return bool(git(self.root, "status", "--porcelain", "--", *paths))


def find(path: Path) -> Checkout:
    """The trainer's parts below a repository's root or its folder tools.

    Raises CheckoutError with what was looked for and not found.
    """
    path = path.expanduser().resolve()
    if not path.is_dir():
        raise CheckoutError(_("{path} is no folder.", path=path))
    tools = path / "tools" if (path / "tools").is_dir() else path
    root = path if tools != path or tools.name != "tools" else path.parent
    optimization = _defining(tools, _BUILDERS, ("train_utils/optimization/__init__.py", "train_utils/optimization.py"))
    if optimization is None:
        message = _("No Python file below {tools} defines build_optimizer and build_scheduler.", tools=tools)
        raise CheckoutError(message)
    loop = _defining(tools, ("train_model",), ("train_utils/train_utils.py",))
    if loop is None:
        raise CheckoutError(_("No Python file below {tools} defines train_model.", tools=tools))
    packages = sorted(entry.parent.name for entry in root.glob("*/__init__.py") if entry.parent != tools)
    return Checkout(root, tools, optimization, loop, tuple(packages))


def _defining(tools: Path, names: tuple[str, ...], usual: tuple[str, ...]) -> Path | None:
    """The file that defines all of the functions: where they usually are, else the one that is nearest to the top."""
    usually = [tools / place for place in usual if (tools / place).is_file()]
    for file in usually:
        found = _functions(file)
        # A file that cannot be parsed is named by Python itself when it is run.
        if found is None or set(names) <= found or file.name == "__init__.py":
            return file
    others = sorted(_python_files(tools), key=lambda file: (len(file.parts), file.name != "train.py", file))
    return next((file for file in others if set(names) <= (_functions(file) or set())), None)


def _functions(file: Path) -> set[str] | None:
    tree = _parsed(file)
    return None if tree is None else {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _parsed(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return None


def _python_files(folder: Path) -> Iterator[Path]:
    count = 0
    for file in sorted(folder.rglob("*.py")):
        if file.is_file() and file.stat().st_size <= _LARGEST:
            yield file
            count += 1
            if count >= _MOST_FILES:
                return


def named_values(files: list[Path]) -> dict[str, tuple[str, ...]]:
    """Key → the texts that the files compare it with, such as OPTIMIZER → ("adam", "sgd")."""
    found: dict[str, dict[str, None]] = {}
    for node in chain.from_iterable(map(ast.walk, filter(None, map(_parsed, files)))):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            texts = [text for side in sides for text in _texts(side)]
            for key in filter(None, map(_key, sides)):
                found.setdefault(key, {}).update(dict.fromkeys(texts))
    return {key: tuple(values) for key, values in found.items() if values}


def _texts(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _key(node: ast.expr) -> str | None:
    """The key that `cfg.KEY`, `cfg["KEY"]` and `cfg.get("KEY", …)` ask for."""
    if isinstance(node, ast.Attribute) and node.attr.isupper():
        return node.attr
    name: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        name = node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        name = node.args[0]
    if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.isupper():
        return name.value
    return None


def git(root: Path, *arguments: str) -> str | None:
    """What git answers, stripped; None where it says nothing, that is no repository, or there is no git."""
    # core.fsmonitor names a program of the repository's own choice, which nobody asked to be run.
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


VARIABLE = "_PCDET_SCHED_CHECKOUT"
"""How `pcdet-sched app --checkout` hands the path on to the server's process; no page can name one."""


def served() -> Checkout | None:
    """The checkout of this server, its files as they are now; None for a server without one. Raises CheckoutError."""
    path = os.environ.get(VARIABLE)
    return find(Path(path)) if path else None
