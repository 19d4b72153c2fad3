"""Synthetic lidar scenes: a ground plane, boxes of three classes, clutter; seeded, and made on the device."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

SCENES_PER_BATCH = 2
RANGE = 32.0
"""The scenes cover x in [0, 32) and y in [-16, 16), in metres."""
HEAD_CELLS = 16
"""The heads see a grid of 16 × 16 cells, 2 m each."""
BOXES = 8
"""Boxes per scene. Each has its own tile of 8 × 8 m, so no two share a cell of the head."""
GROUND_POINTS, POINTS_PER_BOX, CLUTTER_POINTS = 1300, 60, 220
DAMAGED_SHARE = 50
"""In a damaged scene one point in 50 is wrong, and so is every box."""

# Mean length, width and height of car, pedestrian and cyclist, in metres.
SIZES = ((3.9, 1.6, 1.56), (0.8, 0.6, 1.73), (1.76, 0.6, 1.73))
_TILE = 8.0
_TILES = int(RANGE / _TILE)


@dataclass(frozen=True)
class Batch:
    """One batch of scenes, on the device.

    `points`: float32 (scenes, points, 4), x, y, z in metres and intensity. `boxes`: float32 (scenes, boxes, 7), centre,
    size and yaw. `classes`: int64 (scenes, boxes), an index into `SIZES`; `mean_sizes`: float32 (scenes, boxes, 3), the
    row of `SIZES` that it means.
    """

    points: Tensor
    boxes: Tensor
    classes: Tensor
    mean_sizes: Tensor


class Scenes:
    """The scenes of a run: batch k depends on the seed and on k alone.

    No method waits for the device.

    >>> scenes = Scenes(seed=0, device="cpu")
    >>> batch = scenes.batch(3)
    >>> batch.points.shape, bool((scenes.batch(3).points == batch.points).all())
    (torch.Size([2, 2000, 4]), True)
    """

    def __init__(self, seed: int, device: str | torch.device) -> None:
        self.seed, self.device = seed, torch.device(device)
        self._random = torch.Generator(device=self.device)
        # Made once: copying a constant to a GPU waits for it.
        self._sizes = torch.tensor(SIZES, device=self.device)
        self._clutter_extent = torch.tensor([RANGE, RANGE, 3.0, 1.0], device=self.device)
        self._clutter_origin = torch.tensor([0.0, -RANGE / 2, -1.7, 0.0], device=self.device)

    def batch(self, iteration: int, magnitude: float | None = None) -> Batch:
        """The batch of an iteration, counted from 0. With a `magnitude` it is damaged: see `damaged`."""
        # Torch's generator on CPUs takes the low 32 bits alone; the factor keeps neighbouring seeds far apart in them.
        self._random.manual_seed((self.seed * 2_654_435_761 + iteration) % 2**32)
        classes = (self._uniform(BOXES) * len(SIZES)).long()
        sizes = self._sizes[classes]
        boxes = self._boxes(sizes)
        points = torch.cat([self._ground(), self._surfaces(boxes), self._clutter()], dim=1)
        batch = Batch(points, boxes, classes, sizes)
        return batch if magnitude is None else damaged(batch, magnitude)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(SCENES_PER_BATCH, *shape, generator=self._random, device=self.device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(SCENES_PER_BATCH, *shape, generator=self._random, device=self.device)

    def _boxes(self, sizes: Tensor) -> Tensor:
        tile = self._uniform(_TILES * _TILES).argsort(dim=1)[:, :BOXES]
        corner = torch.stack([tile % _TILES, tile // _TILES - _TILES // 2], dim=-1) * _TILE
        centre = corner + 2 + self._uniform(BOXES, 2) * (_TILE - 4)
        size = sizes * torch.exp(0.1 * self._normal(BOXES, 3))
        height = size[..., 2:] / 2 - 1.7
        yaw = (self._uniform(BOXES, 1) * 2 - 1) * math.pi
        return torch.cat([centre, height, size, yaw], dim=-1)

    def _ground(self) -> Tensor:
        # Uniform in range and angle, as a spinning sensor sees a plane: dense nearby, thin far away.
        distance = 2 + 34 * self._uniform(GROUND_POINTS)
        angle = (self._uniform(GROUND_POINTS) - 0.5) * (math.pi / 2)
        height = -1.7 + 0.03 * self._normal(GROUND_POINTS)
        intensity = 0.2 * self._uniform(GROUND_POINTS)
        return torch.stack([distance * angle.cos(), distance * angle.sin(), height, intensity], dim=-1)

    def _surfaces(self, boxes: Tensor) -> Tensor:
        """Points on the boxes' surfaces, turned by their yaw."""
        local = self._uniform(BOXES, POINTS_PER_BOX, 3) - 0.5
        side = (self._uniform(BOXES, POINTS_PER_BOX, 1) * 3).long()
        face = torch.where(local.gather(-1, side) < 0, -0.5, 0.5)
        local = local.scatter(-1, side, face) * boxes[:, :, None, 3:6]
        cos, sin = boxes[:, :, None, 6].cos(), boxes[:, :, None, 6].sin()
        x, y, z = local.unbind(-1)
        turned = torch.stack([cos * x - sin * y, sin * x + cos * y, z], dim=-1) + boxes[:, :, None, :3]
        intensity = 0.4 + 0.3 * self._uniform(BOXES, POINTS_PER_BOX, 1)
        return torch.cat([turned, intensity], dim=-1).flatten(1, 2)

    def _clutter(self) -> Tensor:
        return self._clutter_origin + self._clutter_extent * self._uniform(CLUTTER_POINTS, 4)


def damaged(batch: Batch, magnitude: float) -> Batch:
    """The batch as a broken file gives it: one point in 50 lies `magnitude` away, and every box with it.

    With a magnitude of inf the coordinates are infinite.
    """
    shift = torch.zeros_like(batch.points)
    shift[:, ::DAMAGED_SHARE, :3] = magnitude
    boxes = batch.boxes.clone()
    boxes[..., 2] += magnitude
    return replace(batch, points=batch.points + shift, boxes=boxes)
