"""The wheel holds the app, and `pcdet-sched app` opens it where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(built: Callable[[str], Path]) -> Path:
    return built("wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`bin` of a fresh environment with the wheel in it; the libraries are those that the tests run with."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index", str(wheel)],
        check=True,
    )
    [packages] = folder.glob("lib/python*/site-packages")
    # What a .pth names is searched, but not for further .pth files: an editable install stays out of sight.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package_and_the_app(root: Path, tracked: list[Path], wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {str(path.relative_to(root)) for path in tracked if path.is_relative_to(root / "pcdet_sched")}
    app = {
        f"pcdet_sched/_app/{path.relative_to(root)}"
        for path in tracked
        if path in (root / "app.py", root / ".streamlit" / "config.toml") or path.parent == root / "pages"
    }
    assert "pcdet_sched/_app/app.py" in app
    assert package | app <= names
    assert {name.split("/")[0] for name in names} == {"pcdet_sched"}
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in names)


@pytest.mark.slow
def test_the_installed_package_is_the_one_in_the_wheel(
    installed: Path, bare_environment: dict[str, str], tmp_path: Path
) -> None:
    """Else the next test would start the checkout's app."""
    code = "import pcdet_sched, pcdet_sched.commands.app as a; print(pcdet_sched.__file__, a.app_script())"
    outcome = subprocess.run(
        [installed / "python", "-c", code],
        cwd=tmp_path,
        env=bare_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(path.startswith(str(installed.parent)) for path in outcome.stdout.split())


@pytest.mark.slow
@pytest.mark.browser
def test_the_installed_app_draws_its_first_page(
    installed: Path, bare_environment: dict[str, str], served, tmp_path: Path, free_port: int
) -> None:
    command = [str(installed / "pcdet-sched"), "app", "--port", str(free_port), "--no-browser"]
    with served(command, tmp_path, bare_environment, f"http://127.0.0.1:{free_port}/") as text:
        assert "LR" in text
        assert "Traceback" not in (tmp_path / "server.log").read_text()
