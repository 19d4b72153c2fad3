"""The wrapped Adam is AdamW over two groups, whose first beta a schedule may move."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from pcdet_sched.trainer.model import dummy_batch, dummy_model, parameter_groups
from pcdet_sched.trainer.optimizers import WrappedAdam


def train(model: nn.Module, optimizer: WrappedAdam | torch.optim.Optimizer, steps: int) -> list[torch.Tensor]:
    for _ in range(steps):
        optimizer.zero_grad()
        model(dummy_batch()).square().mean().backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in model.parameters()]


def twins() -> tuple[nn.Module, nn.Module]:
    first, second = dummy_model(), dummy_model()
    second.load_state_dict(first.state_dict())
    return first, second


def test_at_a_fixed_lr_it_takes_the_steps_of_AdamW_to_the_last_bit() -> None:
    ours, theirs = twins()
    wrapped = WrappedAdam(ours, (0.9, 0.99), 0.05)
    wrapped.lr = 0.01
    adamw = torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=(0.9, 0.99), weight_decay=0.05)
    for a, b in zip(train(ours, wrapped, 20), train(theirs, adamw, 20), strict=True):
        assert torch.equal(a, b)


def test_every_trainable_parameter_decays_BatchNorm_and_biases_too() -> None:
    model = dummy_model()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    wrapped = WrappedAdam(model, (0.9, 0.99), 0.5)
    wrapped.lr = 0.1
    wrapped.step()  # without gradients Adam itself moves nothing
    for old, new in zip(before, model.parameters(), strict=True):
        assert torch.equal(new.detach(), old * (1 - 0.1 * 0.5))


def test_a_frozen_parameter_does_not_decay() -> None:
    model = dummy_model()
    frozen = next(model.parameters())
    frozen.requires_grad = False
    before = frozen.detach().clone()
    wrapped = WrappedAdam(model, (0.9, 0.99), 0.5)
    wrapped.lr = 0.1
    wrapped.step()
    assert torch.equal(frozen, before)


def test_the_two_groups_are_BatchNorm_and_all_the_rest() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Linear(2, 2), nn.BatchNorm1d(2))
    rest, norms = parameter_groups(model)
    assert [tuple(p.shape) for p in rest] == [(2, 1, 1, 1), (2,), (2, 2), (2,)]
    assert [tuple(p.shape) for p in norms] == [(2,)] * 4
    wrapped = WrappedAdam(model, (0.9, 0.99), 0.01)
    assert [len(group["params"]) for group in wrapped.param_groups] == [4, 4]


def test_mom_moves_the_first_beta_of_both_groups_and_leaves_the_second() -> None:
    wrapped = WrappedAdam(dummy_model(), (0.9, 0.999), 0.01)
    wrapped.mom = 0.85
    assert [group["betas"] for group in wrapped.param_groups] == [(0.85, 0.999)] * 2
    assert wrapped.mom == 0.85


def test_lr_sets_both_groups() -> None:
    wrapped = WrappedAdam(dummy_model(), (0.9, 0.99), 0.01)
    assert wrapped.lr == 0.003
    wrapped.lr = 0.1
    assert [group["lr"] for group in wrapped.param_groups] == [0.1, 0.1]


@pytest.mark.parametrize("betas", [(), (0.9,)])
def test_a_missing_beta_is_an_IndexError(betas: tuple[float, ...]) -> None:
    with pytest.raises(IndexError):
        WrappedAdam(dummy_model(), betas, 0.01)


def test_what_is_left_of_an_untouched_weight_is_the_product_over_the_steps() -> None:
    model = dummy_model()
    before = next(model.parameters()).detach().clone().double()
    wrapped = WrappedAdam(model, (0.9, 0.99), 0.01)
    lrs = [0.001 * i for i in range(1, 50)]
    for lr in lrs:
        wrapped.lr = lr
        wrapped.step()
    left = math.prod(1 - lr * 0.01 for lr in lrs)
    assert torch.allclose(next(model.parameters()).detach().double(), before * left, rtol=1e-5)
