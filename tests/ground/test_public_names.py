"""What `import pcdet_sched` promises, and what it must not cost."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import pcdet_sched

HEAVY = {"streamlit", "plotly", "torch", "pandas", "numpy", "yaml", "distributed"}
PACKAGE = Path(pcdet_sched.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("name", pcdet_sched.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(pcdet_sched, name) is not None
    assert name in dir(pcdet_sched)


def test_the_public_names_are_those_that_are_documented_as_lazy() -> None:
    assert set(pcdet_sched.__all__) == {*pcdet_sched._HOMES, "__version__"}
    assert pcdet_sched.__all__ == sorted(pcdet_sched.__all__)


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = pcdet_sched.no_such_name


def public_packages() -> list[str]:
    inits = [path for path in MODULES if path.name == "__init__.py"]
    return [".".join(path.parent.relative_to(PACKAGE.parent).parts) for path in inits]


@pytest.mark.parametrize("package", public_packages())
def test_names_in_all_of_each_package_resolve(package: str) -> None:
    module = importlib.import_module(package)
    missing = [name for name in getattr(module, "__all__", []) if not hasattr(module, name)]
    assert missing == []


def fresh_python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    ).stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = fresh_python("import pcdet_sched, sys; print(*{name.split('.')[0] for name in sys.modules})")
    assert HEAVY.isdisjoint(loaded.split())


def test_loading_and_editing_a_config_needs_no_torch_pandas_or_page() -> None:
    code = """
import pcdet_sched as ps, sys
ps.load("OPTIMIZATION: {OPTIMIZER: adam_onecycle, LR: 0.003}").edit({"LR": 0.01}).to_yaml()
ps.RunPlan(samples=3712, gpus=8)
print(*{name.split(".")[0] for name in sys.modules})
"""
    assert {"streamlit", "plotly", "torch", "pandas"}.isdisjoint(fresh_python(code).split())


def test_importing_the_package_takes_a_blink() -> None:
    """Best of three, so that a busy machine does not decide."""
    code = "import time; t = time.perf_counter(); import pcdet_sched; print(time.perf_counter() - t)"
    assert min(float(fresh_python(code)) for _ in range(3)) < 0.3


def imported_names(path: Path) -> set[str]:
    """First parts of what a module imports anywhere in it, functions included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


def test_only_the_ui_package_imports_streamlit() -> None:
    users = {path.relative_to(PACKAGE).parts[0] for path in MODULES if "streamlit" in imported_names(path)}
    assert users == {"ui"}


def test_nothing_below_the_pages_imports_the_ui_package() -> None:
    below = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] not in ("ui", "commands")]
    assert [path.name for path in below if "pcdet_sched.ui" in path.read_text()] == []
