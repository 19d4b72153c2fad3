"""A small lidar detector: pillars, a point network, a bird's-eye grid, blocks, a class head and a box head; its loss.

Every layer is a product of matrices: a convolution in half precision takes 20 to 100 times as long on a CPU as in
single precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from pcdet_sched.benchmark.scenes import HEAD_CELLS, RANGE, SCENES_PER_BATCH, SIZES, Batch

CHANNELS = 32
_BOX_WEIGHT = 2.0


class HalfLinear(nn.Linear):
    """`nn.Linear` that is quick in half precision on a CPU as well.

    Under fp16 autocast on a CPU: operands rounded to half, products summed in single precision, the result rounded to
    half, forward and backward. That is what the matrix units of a GPU do; a CPU without half-precision instructions
    takes 10 to 50 times as long for torch's own half product. Elsewhere torch's own.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        device = x.device.type
        half = torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device) == torch.float16
        if device != "cpu" or not half:
            return super().forward(x)
        with torch.autocast(device, enabled=False):
            x, weight = x.half().float(), self.weight.half().float()
            bias: Tensor | None = self.bias  # torch's annotation knows no layer without one
            bias = None if bias is None else bias.half().float()
            return functional.linear(x, weight, bias).half()


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation over the last dimension of a tensor of any rank."""

    def forward(self, x: Tensor) -> Tensor:
        """(…, channels) → the same shape."""
        return super().forward(x.flatten(0, -2)).view_as(x)


class PointNet(nn.Module):
    """Points of a pillar → one vector per pillar, the largest of each feature."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = HalfLinear(POINT_FEATURES, CHANNELS, bias=False)
        self.norm = BatchNorm(CHANNELS)

    def forward(self, points: Tensor) -> Tensor:
        """(pillars, points, features) → (pillars, channels)."""
        return functional.relu(self.norm(self.linear(points))).amax(dim=1)


class Convolution(nn.Module):
    """A 3 × 3 convolution over a channels-last grid as one product, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.linear = HalfLinear(9 * inputs, outputs, bias=False)
        self.norm = BatchNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(scenes, rows, columns, inputs) → (scenes, rows / stride, columns / stride, outputs)."""
        rows, columns = x.shape[1:3]
        padded = functional.pad(x, (0, 0, 1, 1, 1, 1))
        step = self.stride
        shifted = [padded[:, i : i + rows : step, j : j + columns : step] for i in range(3) for j in range(3)]
        return functional.relu(self.norm(self.linear(torch.cat(shifted, dim=-1))))


class Heads(nn.Module):
    """Class logits and box values of every cell."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.classes = HalfLinear(inputs, len(SIZES))
        self.boxes = HalfLinear(inputs, BOX_VALUES)
        # Every cell starts as likely an object as not, so the first gradients are some thirty times the last ones.
        nn.init.zeros_(self.classes.bias)
        nn.init.normal_(self.boxes.weight, std=0.001)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(…, inputs) → logits (…, classes) and box values (…, 8)."""
        return self.classes(x), self.boxes(x)


class Detector(nn.Module):
    """The toy detector. Its modules follow one another in the order of their names.

    >>> sum(parameter.numel() for parameter in Detector().parameters())
    93611
    """

    def __init__(self) -> None:
        super().__init__()
        self.points = PointNet()
        self.block1 = Convolution(CHANNELS, 2 * CHANNELS, stride=2)
        self.block2 = Convolution(2 * CHANNELS, 2 * CHANNELS)
        self.block3 = Convolution(2 * CHANNELS, 2 * CHANNELS)
        self.heads = Heads(2 * CHANNELS)

    def forward(self, batch: Batch) -> Tensor:
        """The loss of a batch, a float32 scalar."""
        found = pillars(batch.points)
        grid = scatter(self.points(found.points), found)
        logits, boxes = self.heads(self.block3(self.block2(self.block1(grid))))
        return detection_loss(logits, boxes, targets(batch))


def scatter(vectors: Tensor, found: Pillars) -> Tensor:
    """Put each pillar's vector into its cell: (pillars, channels) → (scenes, rows, columns, channels)."""
    cells = SCENES_PER_BATCH * GRID * GRID
    canvas = vectors.new_zeros(cells + 1, vectors.shape[1])  # the last row takes the pillars that are not there
    canvas = canvas.index_copy(0, found.cells, vectors)
    return canvas[:cells].view(SCENES_PER_BATCH, GRID, GRID, -1)


def detection_loss(logits: Tensor, boxes: Tensor, wanted: Targets) -> Tensor:
    """Focal loss over all cells plus twice the smooth-L1 loss over the cells with a box, per box."""
    classes = focal_loss(logits.float(), wanted.classes)
    values = smooth_l1(boxes.float(), wanted.boxes) * wanted.present[..., None]
    return (classes.sum() + _BOX_WEIGHT * values.sum()) / wanted.present.sum()


# Points are sorted into pillars without waiting for the device, and without a sum whose order may change.
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


BOX_VALUES = 8
"""Offset of the centre inside its cell (2), height, logarithm of the size over the class's mean (3), sine and cosine
of the yaw."""


@dataclass(frozen=True)
class Targets:
    """What the heads should say of a batch, on the device: class and box of every cell with the centre of a box.

    `classes`: float32 (scenes, 16, 16, 3), 1 for the class of a cell. `boxes`: float32 (scenes, 16, 16, 8).
    `present`: float32 (scenes, 16, 16), 1 where a cell holds a box.
    """

    classes: Tensor
    boxes: Tensor
    present: Tensor


def targets(batch: Batch) -> Targets:
    """The targets of a batch of scenes."""
    scenes, device = len(batch.boxes), batch.boxes.device
    metres = RANGE / HEAD_CELLS
    place = torch.stack([batch.boxes[..., 0], batch.boxes[..., 1] + RANGE / 2], dim=-1) / metres
    cell = place.long()
    where = (torch.arange(scenes, device=device)[:, None], cell[..., 1], cell[..., 0])
    yaw = batch.boxes[..., 6:]
    size = (batch.boxes[..., 3:6] / batch.mean_sizes).log()
    values = [place - cell, batch.boxes[..., 2:3], size, yaw.sin(), yaw.cos()]
    wanted = torch.zeros(scenes, HEAD_CELLS, HEAD_CELLS, BOX_VALUES, device=device)
    wanted[where] = torch.cat(values, dim=-1)
    classes = torch.zeros(scenes, HEAD_CELLS, HEAD_CELLS, len(SIZES), device=device)
    classes[where] = (batch.classes[..., None] == torch.arange(len(SIZES), device=device)).float()
    return Targets(classes, wanted, classes.amax(dim=-1))


ALPHA, GAMMA = 0.25, 2.0
BETA = 1.0


def focal_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy in which what is already right counts little: α_t · (1 − p_t)² · −log p_t, element by element.

    `logits` and `wanted` (0 or 1) have one shape; p_t is the probability given to what is wanted, α_t is 0.25 for a
    wanted 1 and 0.75 for a wanted 0.

    >>> focal_loss(torch.zeros(1), torch.ones(1)).item()  # 0.25 · 0.5² · log 2
    0.0433...
    """
    probability = torch.sigmoid(logits)
    missed = wanted * (1 - probability) + (1 - wanted) * probability
    weight = wanted * ALPHA + (1 - wanted) * (1 - ALPHA)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return weight * missed**GAMMA * entropy


def smooth_l1(values: Tensor, wanted: Tensor) -> Tensor:
    """Quadratic for differences below 1, linear beyond, element by element.

    >>> smooth_l1(torch.tensor([0.5, 3.0]), torch.zeros(2)).tolist()
    [0.125, 2.5]
    """
    return functional.smooth_l1_loss(values, wanted, reduction="none", beta=BETA)
