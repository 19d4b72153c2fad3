"""Points sorted into pillars, without waiting for the device and without a sum whose order may change."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pcdet_sched.benchmark.scenes import RANGE, SCENES_PER_BATCH

GRID = 32
"""Pillars stand on a grid of 32 × 32 cells, 1 m each."""
POINTS_PER_PILLAR = 8
MAX_PILLARS = SCENES_PER_BATCH * 720
POINT_FEATURES = 9


@dataclass(frozen=True)
class Pillars:
    """The pillars of a batch that hold points.

    `points`: float32 (MAX_PILLARS, 8, 9): x, y, z, intensity, the distance to the mean of the pillar's points (3) and
    to the pillar's centre (2); zero where there is no point. `cells`: int64 (MAX_PILLARS), the cell over the whole
    batch, and one past the last cell where there is no pillar.
    """

    points: Tensor
    cells: Tensor


def pillars(points: Tensor) -> Pillars:
    """Sort the points of a batch, float32 (scenes, points, 4), into pillars.

    A pillar keeps the first eight of its points. Points outside the range count to the cells at its edge.
    """
    cell = _cell_of(points)
    points = points.flatten(0, 1)
    cell, order = cell.sort(stable=True)
    place = torch.arange(len(cell), device=points.device)
    first = torch.cat([torch.ones_like(cell[:1], dtype=torch.bool), cell[1:] != cell[:-1]])
    pillar = first.cumsum(0) - 1
    rank = place - torch.where(first, place, 0).cummax(0).values
    kept = (rank < POINTS_PER_PILLAR) & (pillar < MAX_PILLARS)
    # What is not kept goes to one slot beyond the end, which is cut off.
    slot = torch.where(kept, pillar * POINTS_PER_PILLAR + rank, MAX_PILLARS * POINTS_PER_PILLAR)
    dense = points.new_zeros(MAX_PILLARS * POINTS_PER_PILLAR + 1, 5)
    dense[slot] = torch.cat([points, torch.ones_like(points[:, :1])], dim=1)[order]
    cells = torch.full((MAX_PILLARS + 1,), SCENES_PER_BATCH * GRID * GRID, device=points.device)
    cells[torch.where(first & kept, pillar, MAX_PILLARS)] = cell
    return Pillars(_features(dense[:-1].view(MAX_PILLARS, POINTS_PER_PILLAR, 5), cells[:-1]), cells[:-1])


def _cell_of(points: Tensor) -> Tensor:
    """The cell of each point over the whole batch, int64 (scenes · points)."""
    metres = RANGE / GRID
    column = (points[..., 0] / metres).clamp(0, GRID - 1).long()
    row = ((points[..., 1] + RANGE / 2) / metres).clamp(0, GRID - 1).long()
    scene = torch.arange(len(points), device=points.device)[:, None]
    return ((scene * GRID + row) * GRID + column).flatten()


def _features(dense: Tensor, cells: Tensor) -> Tensor:
    points, there = dense[..., :4], dense[..., 4:]
    xyz = points[..., :3]
    mean = xyz.sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True).clamp(min=1)
    metres = RANGE / GRID
    row, column = cells // GRID % GRID, cells % GRID
    centre = torch.stack([(column + 0.5) * metres, (row + 0.5) * metres - RANGE / 2], dim=-1)
    offsets = torch.cat([xyz - mean, xyz[..., :2] - centre[:, None]], dim=-1)
    return torch.cat([points, offsets * there], dim=-1)
