"""Limits from the environment: one broken variable at a time."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcdet_sched.limits import PREFIX, LimitError, Limits, limits, variable

NUMBERS = [limit.name for limit in fields(Limits) if isinstance(limit.default, int)]


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Limits.from_environment({}) == Limits()
    assert Limits.from_environment({variable("max_seconds"): " "}) == Limits()


@pytest.mark.parametrize("name", NUMBERS)
@given(number=st.integers(1, 10**12))
def test_a_number_in_the_environment_is_the_limit(name: str, number: int) -> None:
    assert getattr(Limits.from_environment({variable(name): f" {number} "}), name) == number


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "1e3", "None"])
def test_a_limit_that_cannot_be_used_is_named_with_its_value(name: str, text: str) -> None:
    with pytest.raises(LimitError, match=rf"{variable(name)} is '?{text}'?, but"):
        Limits.from_environment({variable(name): text})


def test_a_misspelt_limit_is_refused() -> None:
    with pytest.raises(LimitError, match=r"PCDET_SCHED_MAX_CURVE is not a limit.*PCDET_SCHED_MAX_CURVES"):
        Limits.from_environment({"PCDET_SCHED_MAX_CURVE": "3"})


def test_variables_of_others_are_left_alone() -> None:
    assert Limits.from_environment({"MAX_SECONDS": "many", "PCDET": "x"}) == Limits()


def test_limits_follow_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("scheduler"), "tcp://10.0.0.1:8786")
    assert limits().scheduler == "tcp://10.0.0.1:8786"


def test_limits_cannot_be_changed_by_a_session() -> None:
    with pytest.raises(FrozenInstanceError):
        limits().max_seconds = 10**9  # type: ignore[misc]


@pytest.mark.parametrize("limit", fields(Limits), ids=lambda limit: limit.name)
def test_the_deployment_guide_has_every_limit_and_its_default(root: Path, limit: object) -> None:
    rows = (root / "docs" / "deployment.md").read_text().splitlines()
    default = f"{limit.default:,}" if isinstance(limit.default, int) else limit.default or "empty"
    [row] = [row for row in rows if row.startswith(f"| `{variable(limit.name)}` |")]
    assert [cell.strip() for cell in row.split("|")][2:4] == [default, limit.metadata["help"]]


def test_the_deployment_guide_names_no_other_limit(root: Path) -> None:
    import re

    named = set(re.findall(rf"{PREFIX}[A-Z_]+", (root / "docs" / "deployment.md").read_text()))
    assert named == {variable(limit.name) for limit in fields(Limits)}
