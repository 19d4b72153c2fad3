"""Streamlit takes each of our settings, and the ones that guard a visitor are on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, object]:
    """Our settings by dotted name."""
    tables = tomllib.loads((root / ".streamlit" / "config.toml").read_text())
    return dict(flat(tables, ""))


def flat(table: dict[str, object], prefix: str) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for key, value in table.items():
        pairs += flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def test_streamlit_takes_every_setting_without_a_word(root: Path, settings: dict[str, object], tmp_path: Path) -> None:
    """Read in a fresh process from a folder that holds nothing but the settings."""
    shutil.copytree(root / ".streamlit", tmp_path / ".streamlit")
    code = f"""
import json
from streamlit import config
print(json.dumps({{name: config.get_option(name) for name in {list(settings)!r}}}))
"""
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert outcome.stderr == ""
    assert json.loads(outcome.stdout) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
        ("runner.postScriptGC", False),
        ("server.enableXsrfProtection", True),
        ("server.fileWatcherType", "none"),
        ("server.maxUploadSize", 1),
    ],
)
def test_settings_that_guard_speed_and_visitors_stay(settings: dict[str, object], name: str, value: object) -> None:
    assert settings[name] == value
