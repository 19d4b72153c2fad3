"""Torch code of each schedule, filled in with numbers. Only numbers from the file ever get into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CYCLE = ("LR", "WEIGHT_DECAY", "MOMS", "BETAS", "PCT_START")
_STEPS = ("LR", "WEIGHT_DECAY", "DECAY_STEP_LIST", "LR_DECAY", "LR_CLIP", "LR_WARMUP")
NEEDED: dict[str, tuple[str, ...]] = {
    "adam_onecycle": (*_CYCLE, "DIV_FACTOR"),
    "adam_cosineanneal": (*_CYCLE, "WARMUP_ITER"),
    "adam": _STEPS,
    "sgd": (*_STEPS, "MOMENTUM"),
}
"""OPTIMIZER → the keys whose numbers the code needs."""
WARMUP = ("WARMUP_EPOCH", "DIV_FACTOR")
"""The keys that the warm-up of `adam` and `sgd` needs on top."""
DEFAULTS: dict[str, Any] = {"BETAS": [0.9, 0.99], "LR_WARMUP": False}

_LOOP = """
# for batch in loader:
#     loss = ...; loss.backward(); optimizer.step(); optimizer.zero_grad()
#     scheduler.step()  # after the optimizer, once per iteration
"""

_ONE_CYCLE = (
    '''\
import torch


def build(model):
    """AdamW under torch's OneCycleLR, for {total} iterations."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr={lr!r}, betas=({up!r}, {beta2!r}), weight_decay={decay!r}
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr={lr!r},
        total_steps={total},
        pct_start={pct!r},
        base_momentum={down!r},
        max_momentum={up!r},
        div_factor={div!r},
        final_div_factor=1e4,
    )
    return optimizer, scheduler

'''
    + _LOOP
)

_COSINES = (
    '''\
import math

import torch

TOTAL, BOUNDARY = {total}, {boundary}  # iterations: the whole schedule, and where lr and beta1 turn round


def half_cosine(start, end, share):
    return end + (start - end) / 2 * (math.cos(math.pi * share) + 1)


def beta1_at(k):
    if k < BOUNDARY:
        return half_cosine({up!r}, {down!r}, k / BOUNDARY)
    return half_cosine({down!r}, {up!r}, (k - BOUNDARY) / max(1, TOTAL - BOUNDARY))


{lr_at}

class MomentumLambdaLR(torch.optim.lr_scheduler.LambdaLR):
    """LambdaLR that sets beta1 with lr, as the trainer's wrapper does."""

    def step(self, epoch=None):
        super().step(epoch)
        for group in self.optimizer.param_groups:
            group["betas"] = (beta1_at(self.last_epoch), group["betas"][1])


def build(model):
    """AdamW with the trainer's own curve."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1.0, betas=({up!r}, {beta2!r}), weight_decay={decay!r}
    )
    return optimizer, MomentumLambdaLR(optimizer, lr_at)  # lr 1.0 times lr_at

'''
    + _LOOP
)

_ONE_CYCLE_LR = """\
def lr_at(k):
    low = {lr!r} / {div!r}
    if k < BOUNDARY:
        return half_cosine(low, {lr!r}, k / BOUNDARY)
    return half_cosine({lr!r}, low / 1e4, (k - BOUNDARY) / max(1, TOTAL - BOUNDARY))
"""

_STAIRS_LR = """\
def lr_at(k):
    if k < {warmup!r}:
        return {lr!r} * (1 - (1 - k / {warmup!r}) * (1 - 0.33333333))
    return half_cosine({lr!r}, {lr!r} * 0.001, (k // {per_epoch}) / {epochs})
"""

_STEP_DECAY = (
    '''\
import math

import torch

STEPS = {steps}  # iterations at which lr is decayed


def lr_at(k):
{warmup}    decay = 1
    for step in STEPS:
        if k >= step:
            decay = decay * {factor!r}
    return {lr!r} * max(decay, {clip!r} / {lr!r})


def build(model):
    """{title} with the decay inside the gradient (L2), as the trainer's {name}."""
    optimizer = torch.optim.{title}(model.parameters(), lr=1.0, weight_decay={decay!r}{momentum})
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lr_at)  # lr 1.0 times lr_at

'''
    + _LOOP
)

_WARMUP = """\
    if k < {length!r}:  # the cosine warm-up that the block asks for; the trainer itself stops at it
        return {low!r} + ({lr!r} - {low!r}) * (1 - math.cos(math.pi * k / {length!r})) / 2
"""


def one_cycle(values: Mapping[str, Any]) -> str:
    """AdamW + OneCycleLR, as most people would write it."""
    return _ONE_CYCLE.format(**_cycle(values), div=values["DIV_FACTOR"])


def lambda_lr(values: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The trainer's own formula in a LambdaLR, and what else is to be known about it."""
    if values["OPTIMIZER"] in ("adam", "sgd"):
        return _step_decay(values), ("The decay is L2 in the gradient, not decoupled: Adam and SGD, not AdamW.",)
    boundary = int(values["PCT_START"] * values["total"])
    if values["OPTIMIZER"] == "adam_onecycle":
        lr_at = _ONE_CYCLE_LR.format(lr=values["LR"], div=values["DIV_FACTOR"])
        notes = ("The trainer's own formula: the gap is rounding.",)
    else:
        stairs = {"warmup": values["WARMUP_ITER"], "per_epoch": values["per_epoch"], "epochs": values["epochs"]}
        lr_at = _STAIRS_LR.format(lr=values["LR"], **stairs)
        notes = ("The trainer's own formula, constant within an epoch: the gap is rounding.",)
    return _COSINES.format(**_cycle(values), boundary=boundary, lr_at=lr_at), notes


def _cycle(values: Mapping[str, Any]) -> dict[str, Any]:
    up, down = values["MOMS"]
    return {
        "total": values["total"], "lr": values["LR"], "decay": values["WEIGHT_DECAY"], "pct": values["PCT_START"],
        "up": up, "down": down, "beta2": values["BETAS"][1],
    }  # fmt: skip


def _step_decay(values: Mapping[str, Any]) -> str:
    sgd = values["OPTIMIZER"] == "sgd"
    return _STEP_DECAY.format(
        steps=[step * values["pass"] for step in values["DECAY_STEP_LIST"]],
        factor=values["LR_DECAY"], lr=values["LR"], clip=values["LR_CLIP"], decay=values["WEIGHT_DECAY"],
        title="SGD" if sgd else "Adam", name=values["OPTIMIZER"],
        momentum=f", momentum={values['MOMENTUM']!r}" if sgd else "", warmup=_warmup(values),
    )  # fmt: skip


def _warmup(values: Mapping[str, Any]) -> str:
    if not values["LR_WARMUP"]:
        return ""
    length, low = values["WARMUP_EPOCH"] * values["pass"], values["LR"] / values["DIV_FACTOR"]
    return _WARMUP.format(length=length, low=low, lr=values["LR"])
