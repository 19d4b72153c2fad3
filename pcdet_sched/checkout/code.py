"""The functions of a checkout, imported or taken out of a script, and called with what their parameters are named for.

Only the child process uses this.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

from pcdet_sched.checkout.stand_ins import StandIn, StandInShort

Function = Callable[..., object]


def function(file: Path, tools: Path, name: str) -> Function:
    """A function of a file below tools: of its module, or taken out of a script that would start a training."""
    if file.parent == tools:
        return taken_out(file, name)
    inside = file.relative_to(tools).with_suffix("")
    parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
    module = importlib.import_module(".".join(parts))
    found = getattr(module, name, None)
    if found is None:
        raise StandInShort(f"{file} has no {name}")
    wanted: Function = found
    return wanted


def taken_out(file: Path, name: str) -> Function:
    """The function with the imports, functions and names of its file that it comes to use, and nothing else."""
    tree = ast.parse(file.read_bytes(), str(file))
    bound = {bound: node for node in tree.body for bound in _binds(node)}
    wanted, todo = set(), [name]
    while todo:
        node = bound.get(todo.pop())
        if node is not None and node not in wanted:
            wanted.add(node)
            todo += [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    sys.modules.setdefault(f"taken out of {file.name}", module)
    kept = ast.Module([node for node in tree.body if node in wanted], [])
    exec(compile(kept, str(file), "exec"), vars(module))  # noqa: S102 - it is what the owner asked for
    found: Function = vars(module)[name]
    return found


def _binds(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(each.asname or each.name.partition(".")[0]) for each in node.names]
    if isinstance(node, ast.Assign):
        return [each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    return []


def call(target: Function, known: Mapping[str, object], parts: Mapping[str, object], strict: bool) -> object:
    """Call a function by the names of its parameters.

    `known` goes by the whole name. A parameter without a default goes by the first entry of `parts` that its name
    holds. What is left is a stand-in or, where `strict`, StandInShort.
    """
    named: dict[str, object] = {}
    in_order: list[object] = []
    for name, parameter in inspect.signature(target).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if name in known:
            value = known[name]
        elif parameter.default is not parameter.empty:
            continue
        else:
            part = next((part for part in parts if part in name.lower()), None)
            if part is None and strict:
                raise StandInShort(f"{target.__name__} asks for {name}, and it is not known what that is")
            value = StandIn(f"the argument {name}", strict=False) if part is None else parts[part]
        if parameter.kind is parameter.POSITIONAL_ONLY:
            in_order.append(value)
        else:
            named[name] = value
    return target(*in_order, **named)
