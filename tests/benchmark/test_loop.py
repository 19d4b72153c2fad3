"""The loop against the trainer's rules, on the CPU and on CUDA where there is one."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace

import pytest
import torch

import pcdet_sched as ps
from pcdet_sched.benchmark.loop import Training, run_variant, seeded_detector
from pcdet_sched.benchmark.recorder import Recorder, clip_factor
from pcdet_sched.benchmark.scenes import Scenes
from pcdet_sched.benchmark.variant import BenchmarkError, Description, Spike, Variant
from pcdet_sched.benchmark.watch import FiniteWatch


def norms(gradients):
    return torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))


def test_without_amp_the_loop_is_a_plain_torch_loop_to_the_last_bit(describe, device):
    description = describe(clip=10.0, iterations=12, epochs=2)
    training = Training(description)
    recorder = Recorder(training.model, training.device)
    for k in range(12):
        training.step(k, recorder)

    # One-cycle, decoupled weight decay, Adam and clipping, written out from their formulas.
    model = seeded_detector(0, torch.device(device))
    scenes = Scenes(0, device)
    norm_layers = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    in_norms = {id(p) for layer in norm_layers for p in layer.parameters()}
    groups = [
        {"params": [p for p in model.parameters() if id(p) not in in_norms]},
        {"params": [p for p in model.parameters() if id(p) in in_norms]},
    ]
    adam = torch.optim.Adam(groups, lr=0.0, betas=(0.95, 0.99))
    low, peak, boundary, total = 0.003 / 10, 0.003, int(0.4 * 12), 12
    losses, before, lrs = [], [], []
    for k in range(total):
        if k < boundary:
            share, lr_ends, mom_ends = k / boundary, (low, peak), (0.95, 0.85)
        else:
            share, lr_ends, mom_ends = (k - boundary) / (total - boundary), (peak, low / 1e4), (0.85, 0.95)
        swing = math.cos(math.pi * share) + 1
        lr, momentum = (b + (a - b) / 2 * swing for a, b in (lr_ends, mom_ends))
        for group in adam.param_groups:
            group["lr"], group["betas"] = lr, (momentum, 0.99)
        adam.zero_grad()
        loss = model(scenes.batch(k))
        loss.backward()
        before.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0).item())
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 - lr * 0.01)
        adam.step()
        losses.append(loss.item())
        lrs.append(lr)

    readings = recorder.fetch()
    assert list(readings.loss) == losses
    assert list(readings.grad_norm) == before
    assert readings.lr == pytest.approx(lrs, rel=1e-14)
    for ours, plain in zip(training.model.parameters(), model.parameters(), strict=True):
        assert torch.equal(ours, plain)


def test_recording_changes_nothing(describe, silence):
    runs = []
    for record in (True, False):
        training = Training(describe(precision="fp16", iterations=6, epochs=1, probe_every=2))
        recorder = Recorder(training.model, training.device) if record else silence
        for k in range(6):
            training.step(k, recorder)
        runs.append(training.model.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(runs[0].values(), runs[1].values(), strict=True))


def test_the_same_seed_gives_the_same_numbers_twice_and_another_seed_others(describe):
    once, again, other = (
        run_variant(describe(precision="fp16", seed=seed, iterations=8)).readings for seed in (1, 1, 2)
    )
    assert repr(_timeless(once)) == repr(_timeless(again))  # as text, since nan is not equal to nan
    assert once.loss != other.loss


def _timeless(readings):
    return replace(readings, step_time=(0.0,) * len(readings))


@pytest.fixture
def stepped(describe):
    """A training after three good iterations, and the state that a fourth may change."""

    def run(**values):
        training = Training(describe(**values, spikes=(Spike(3, math.inf),), loss_scale=64.0))
        recorder = Recorder(training.model, training.device)
        for k in range(3):
            training.step(k, recorder)
        before = copy.deepcopy([p.detach() for p in training.model.parameters()])
        state = copy.deepcopy(list(training.optimizer.adam.state.values()))
        training.step(3, recorder)
        return training, recorder.fetch(), before, state

    return run


def test_a_planted_inf_is_skipped_under_fp16(stepped):
    training, readings, weights, state = stepped(precision="fp16", keep_scaler=True)
    assert readings.skipped == (False, False, False, True)
    assert training.scaler.get_scale() == 32.0
    assert all(torch.equal(a, b) for a, b in zip(weights, training.model.parameters(), strict=True))
    for old, new in zip(state, training.optimizer.adam.state.values(), strict=True):
        assert all(torch.equal(old[name], new[name]) for name in ("step", "exp_avg", "exp_avg_sq"))
    assert readings.lr[3] != readings.lr[2]


def test_a_planted_inf_poisons_the_weights_without_amp_when_clipping_is_on(stepped):
    training, readings, weights, _ = stepped(precision="fp32", clip=10.0)
    assert not any(readings.skipped)
    assert all(w.isfinite().all() for w in weights)
    assert any(p.isnan().any() for p in training.model.parameters())


def test_an_infinite_gradient_times_the_clip_factor_of_zero_is_nan():
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([math.inf, 1.0])
    torch.nn.utils.clip_grad_norm_([weight], 10.0)
    assert weight.grad.isnan().tolist() == [True, False]


def test_an_anomaly_is_found_where_it_begins(describe):
    summary = run_variant(describe(spikes=(Spike(5, math.inf),), iterations=8, epochs=1)).summary
    assert (summary.first_non_finite.iteration, summary.first_non_finite.place) == (5, "the scene")
    assert summary.weights_lost == 5


def test_an_overflow_of_the_scaled_gradient_is_found_in_a_gradient(describe):
    run = run_variant(describe(precision="fp16", loss_scale=2.0**24, iterations=2, epochs=1))
    assert run.summary.first_non_finite.iteration == 0
    assert run.summary.first_non_finite.place.startswith("the gradient of")
    assert run.summary.weights_lost is None


def test_a_huge_spike_overflows_in_half_and_is_only_clipped_in_single_precision(describe):
    spike = (Spike(3, 1e6),)
    half = run_variant(describe(precision="fp16", loss_scale=64.0, spikes=spike, iterations=5, epochs=1))
    single = run_variant(describe(precision="fp32", spikes=spike, iterations=5, epochs=1))
    assert half.readings.skipped == (False, False, False, True, False)
    assert single.summary.weights_lost is None
    assert single.readings.loss[3] > 1e5


@pytest.mark.parametrize("keep", [False, True])
def test_the_scale_follows_the_rule_with_growth_interval_5(describe, keep):
    run = run_variant(
        describe(precision="fp16", loss_scale=2.0, growth_interval=5, keep_scaler=keep, iterations=36, epochs=3)
    )
    assert not any(run.readings.skipped)
    good = [k if keep else k % 12 for k in range(36)]
    assert run.readings.loss_scale == tuple(2.0 * 2 ** (k // 5) for k in good)


def test_the_burst_of_a_scale_that_is_too_high_returns_in_every_epoch_unless_the_scaler_is_kept(describe):
    too_high = {"precision": "fp16", "loss_scale": 2.0**24, "iterations": 28, "epochs": 2}
    rebuilt, kept = (run_variant(describe(**too_high, keep_scaler=keep)).readings for keep in (False, True))
    assert rebuilt.skipped[0]
    assert rebuilt.skipped[14]
    assert rebuilt.loss_scale[14] == 2.0**24
    assert not kept.skipped[14]


def test_a_skip_halves_the_scale(describe):
    run = run_variant(describe(precision="fp16", loss_scale=2.0**24, keep_scaler=True, iterations=20, epochs=1))
    scales, skipped = run.readings.loss_scale, run.readings.skipped
    assert sum(skipped[:-1])
    assert all(b == (a / 2 if s else a) for a, b, s in zip(scales, scales[1:], skipped[:-1], strict=False))


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
@pytest.mark.parametrize("clip", [0.5, 10.0])
def test_the_norm_after_clipping_is_at_most_the_limit(describe, precision, clip):
    readings = run_variant(describe(precision=precision, clip=clip, loss_scale=128.0)).readings
    rows = zip(readings.grad_norm, readings.grad_norm_clipped, readings.clip_factor, strict=True)
    assert max(readings.grad_norm) > 10
    for before, after, factor in rows:
        assert after <= clip * (1 + 1e-6)
        assert after == pytest.approx(before * factor, rel=1e-5)


def test_without_clipping_the_norm_stays(describe):
    readings = run_variant(describe(clip=None)).readings
    assert readings.grad_norm == readings.grad_norm_clipped
    assert set(readings.clip_factor) == {1.0}


def test_fp16_underflows_at_a_loss_scale_of_1_and_not_at_65536(describe):
    # A trained detector's gradients are small, so the probe comes late.
    late = {"precision": "fp16", "iterations": 61, "epochs": 1, "probe_every": 60, "keep_scaler": True}
    low, high = (run_variant(describe(**late, loss_scale=scale)).readings.underflow[60] for scale in (1.0, 65536.0))
    assert low > 1e-4
    assert high < low / 5


def test_underflow_is_measured_at_probe_iterations_of_fp16_only(describe):
    half = run_variant(describe(precision="fp16", probe_every=4, iterations=9, epochs=1)).readings
    assert [k for k in range(9) if half.underflow[k] is not None] == [0, 4, 8]
    assert set(run_variant(describe(precision="bf16", probe_every=4)).readings.underflow) == {None}


def test_the_loss_falls_and_the_gradient_norms_spread(describe):
    readings = run_variant(describe(clip=None, iterations=60, epochs=1)).readings
    assert sum(readings.loss[-10:]) < sum(readings.loss[:10]) / 5
    assert max(readings.grad_norm) > 10 * min(readings.grad_norm)


def test_stop_keeps_what_was_measured(describe):
    seen = []
    run = run_variant(describe(iterations=50, epochs=1), seen.append, stop=lambda: bool(seen))
    assert run.stopped
    assert run.summary.iterations == len(run.readings) == 10


def test_the_chunks_are_the_readings(describe):
    seen = []
    run = run_variant(describe(iterations=23, epochs=1), seen.append)
    assert sum(seen[1:], seen[0]) == run.readings


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adam_onecycle", "adam_cosineanneal"])
def test_every_optimizer_trains(describe, optimizer):
    run = run_variant(describe(OPTIMIZER=optimizer, WARMUP_ITER=4, LR_WARMUP=True, iterations=6, epochs=2))
    assert len(run.readings) == 6
    assert all(map(math.isfinite, run.readings.loss))


def test_a_decay_step_falls_on_its_share_of_the_run(describe):
    readings = run_variant(describe(OPTIMIZER="sgd", DECAY_STEP_LIST=[40, 60], iterations=16, epochs=4)).readings
    assert readings.lr == pytest.approx([0.003] * 8 + [0.0003] * 4 + [0.00003] * 4)


@pytest.mark.parametrize(
    ("key", "value", "exception"),
    [("OPTIMIZER", "lion", "NotImplementedError"), ("LR", "3e-3", "TypeError"), ("PCT_START", 0, "AssertionError")],
)
def test_a_block_that_cannot_be_built_is_one_error_with_the_exception(describe, key, value, exception):
    with pytest.raises(BenchmarkError, match=exception):
        run_variant(describe(**{key: value}))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_device_that_is_not_there_is_one_error(describe):
    with pytest.raises(BenchmarkError, match="0 CUDA devices"):
        run_variant(replace(describe(), device="cuda"))


def test_gradients_are_clipped_after_they_are_unscaled(describe):
    """At a scale of 1024 the other order would cut every step, and leave gradients of a norm of 0.01."""
    norms_of = {}
    for precision in ("fp32", "fp16"):
        training = Training(describe(precision=precision, clip=10.0, loss_scale=1024.0))
        recorder = Recorder(training.model, training.device)
        training.step(0, recorder)
        left = norms([parameter.grad for parameter in training.model.parameters()])
        norms_of[precision] = (*recorder.fetch().grad_norm, left.item())
    assert norms_of["fp16"] == pytest.approx(norms_of["fp32"], rel=0.02)
    assert norms_of["fp16"][0] > 10
    assert norms_of["fp16"][1] == pytest.approx(10, rel=1e-5)


def test_the_warm_up_ends_with_its_last_epoch(describe):
    """Two of four epochs, three iterations each; after them the schedule itself, which has no decay here."""
    block = {"OPTIMIZER": "sgd", "LR_WARMUP": True, "WARMUP_EPOCH": 2, "NUM_EPOCHS": 4, "DECAY_STEP_LIST": []}
    lr = run_variant(describe(**block, iterations=12, epochs=4)).readings.lr
    assert list(lr[:6]) == sorted(lr[:6])
    assert max(lr[:6]) < 0.003
    assert lr[6:] == (0.003,) * 6


FORK_BLOCK = {
    "OPTIMIZER": "adamW", "SCHEDULER": "STEP", "NUM_EPOCHS": 4, "LR": 0.001, "WEIGHT_DECAY": 0.01, "LR_DECAY": 0.5,
    "DECAY_STEP_LIST": [1, 2], "LR_CLIP": 1e-7, "GRAD_NORM_CLIP": 0,
}  # fmt: skip
TRAINER = "xiangruhuang/OpenPCDet"


def run_of(**changes):
    return run_variant(Description(Variant.from_block(FORK_BLOCK, **changes), iterations=12, epochs=4))


@pytest.mark.parametrize("trainer", [TRAINER, "auto"])
def test_a_fork_trains_in_the_order_of_its_own_loop(trainer):
    assert run_of(trainer=trainer).readings.lr == pytest.approx(
        ps.simulate(
            ps.load(json.dumps({"OPTIMIZATION": FORK_BLOCK | {"BATCH_SIZE_PER_GPU": 1}})),
            ps.RunPlan(iters_per_epoch=3, trainer=TRAINER), iterations="all",
        ).curve["lr"].tolist(),
        rel=1e-12,
    )  # fmt: skip


def test_the_clipping_rule_is_the_trainers():
    assert Variant.from_block(FORK_BLOCK, trainer=TRAINER).clip is None
    assert Variant.from_block(FORK_BLOCK | {"GRAD_NORM_CLIP": 3}, trainer=TRAINER).clip == 3
    assert Variant.from_block({"OPTIMIZER": "adamw", "SCHEDULER": "poly", "GRAD_NORM_CLIP": 3}).clip is None
    with pytest.raises(BenchmarkError, match="clip"):
        Variant.from_block(FORK_BLOCK, trainer="classic")


def test_a_block_that_no_trainer_fits_for_certain_is_not_trained():
    block = FORK_BLOCK | {"SCHEDULER": "nobody's"}
    with pytest.raises(BenchmarkError, match="choose the trainer by hand"):
        run_variant(Description(Variant.from_block(block, clip=None), iterations=4, epochs=1))


@pytest.mark.parametrize("norm", [1e-4, 0.4999995, 0.5, 0.6, 40.0])
def test_the_clip_factor_is_what_torch_multiplies_with(norm):
    """limit / (norm + 1e-6), which shows where the norm is small or just at the limit."""
    for limit in (5e-5, 0.5):
        weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        weight.grad = torch.tensor([norm], dtype=torch.float64)
        torch.nn.utils.clip_grad_norm_([weight], limit)
        assert clip_factor(norm, limit) == pytest.approx(weight.grad.item() / norm, rel=1e-12)


def test_gradients_are_looked_at_from_the_last_parameter_to_the_first():
    model = seeded_detector(0, torch.device("cpu"))
    watch, names = FiniteWatch(model), [name for name, _ in model.named_parameters()]
    model(Scenes(0, "cpu").batch(0))
    fine, lost = [0.0] * len(watch.sums(torch.zeros(1))), [1.0] * len(names)
    lost[2] = lost[-2] = math.nan
    assert watch.first(fine, 0.5, lost) == f"the gradient of {names[-2]}"
    lost[-2] = 1.0
    assert watch.first(fine, 0.5, lost) == f"the gradient of {names[2]}"


def test_no_batch_of_a_seed_is_a_batch_of_another():
    batches = [Scenes(seed, "cpu").batch(k).points for seed in range(3) for k in range(3)]
    assert not any(torch.equal(a, b) for i, a in enumerate(batches) for b in batches[:i])
