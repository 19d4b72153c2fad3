"""What a trainer's Python files ask an OPTIMIZATION block for, read from their text alone. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def named_values(files: list[Path]) -> dict[str, tuple[str, ...]]:
    """Key → the texts that the files compare it with, such as OPTIMIZER → ("adam", "sgd")."""
    found: dict[str, dict[str, None]] = {}
    for node in _nodes(files):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            texts = [text for side in sides for text in _texts(side)]
            for key in filter(None, map(_key, sides)):
                found.setdefault(key, {}).update(dict.fromkeys(texts))
    return {key: tuple(values) for key, values in found.items() if values}


def _nodes(files: list[Path]) -> Iterator[ast.AST]:
    for file in files:
        try:
            yield from ast.walk(ast.parse(file.read_bytes()))
        except (SyntaxError, ValueError, OSError):
            continue


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
