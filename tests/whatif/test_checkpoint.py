"""Checkpoint files as the trainer writes them, and files that must not be trusted."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

import pcdet_sched as ps
from pcdet_sched.checkpoint import CheckpointError, read_checkpoint


def state(**changes: object) -> dict:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    whole = {"epoch": 78, "it": 9048, "model_state": model.state_dict(), "optimizer_state": optimizer.state_dict()}
    return whole | {"version": "pcdet+0.6.0"} | changes


@pytest.mark.parametrize("zipped", [False, True])  # the trainer writes the old format
def test_epoch_and_iteration_are_read(tmp_path: Path, zipped: bool) -> None:
    torch.save(state(), tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    assert read_checkpoint(tmp_path / "a.pth") == ps.Checkpoint(78, 9048)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_numpy_lr_as_one_cycle_leaves_it_is_no_obstacle(tmp_path: Path, zipped: bool) -> None:
    optimizer = state()["optimizer_state"]
    optimizer["param_groups"][0] |= {"lr": np.float64(0.0012), "betas": (np.float64(0.9), 0.99)}
    torch.save(state(optimizer_state=optimizer), tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    assert read_checkpoint(tmp_path / "a.pth") == ps.Checkpoint(78, 9048)


def test_the_initial_lr_of_a_torch_schedule_is_read(tmp_path: Path) -> None:
    optimizer = state()["optimizer_state"]
    optimizer["param_groups"][0]["initial_lr"] = 0.01
    torch.save(state(optimizer_state=optimizer), tmp_path / "a.pth")
    assert read_checkpoint(tmp_path / "a.pth") == ps.Checkpoint(78, 9048, initial_lr=0.01)


class Hostile:
    """What a pickle may hold: a call that is made when it is loaded."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("owned"),)


@pytest.mark.parametrize("zipped", [False, True])
def test_code_in_a_checkpoint_is_refused_and_not_run(
    tmp_path: Path, zipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(state(version=Hostile()), tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_checkpoint(tmp_path / "a.pth")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("data", [b"", b"not a checkpoint", pickle.dumps({"epoch": 1})])
def test_another_file_is_a_checkpoint_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(data)
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path / "a.pth")


@pytest.mark.parametrize("changes", [{"epoch": None}, {"it": -1}, {"it": "9048"}, {"epoch": 1.5}])
def test_counts_that_are_none_are_refused(tmp_path: Path, changes: dict) -> None:
    torch.save(state(**changes), tmp_path / "a.pth")
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path / "a.pth")


def test_a_file_of_weights_alone_is_refused(tmp_path: Path) -> None:
    torch.save({"model_state": {}}, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="'epoch' and 'it'"):
        read_checkpoint(tmp_path / "a.pth")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path / "none.pth")
