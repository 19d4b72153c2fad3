"""A small lidar detector: pillars, a point network, a bird's-eye grid, blocks, a class head and a box head.

Every layer is a product of matrices: a convolution in half precision takes 20 to 100 times as long on a CPU as in
single precision.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from pcdet_sched.benchmark.pillars import GRID, POINT_FEATURES, Pillars, pillars
from pcdet_sched.benchmark.scenes import SCENES_PER_BATCH, SIZES, Batch
from pcdet_sched.benchmark.targets import BOX_VALUES, Targets, focal_loss, smooth_l1, targets

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
