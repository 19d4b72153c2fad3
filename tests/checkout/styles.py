"""Checkouts written for the tests: small trainers in the styles of OpenPCDet and of its forks, in words of our own.

`write(folder, style)` lays one out below a folder; `STYLES` names them. Each is made of the same few files, in which a
style changes what its fork is known to change.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pcdet_sched as ps

BLOCK: dict[str, Any] = {
    "BATCH_SIZE_PER_GPU": 4, "NUM_EPOCHS": 6, "OPTIMIZER": "adam_onecycle", "LR": 0.004, "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9, "MOMS": [0.95, 0.85], "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": [2, 4],
    "LR_DECAY": 0.1, "LR_CLIP": 1e-07, "LR_WARMUP": False, "WARMUP_EPOCH": 1, "WARMUP_ITER": 30, "GRAD_NORM_CLIP": 10,
}  # fmt: skip
PLAN = ps.RunPlan(iters_per_epoch=20)


def as_config(block: dict[str, Any]) -> ps.Config:
    return ps.load(json.dumps({"OPTIMIZATION": {}})).edit(block)


WRAPPER = '''
"""Adam in a wrapper that decays weights by itself."""
try:
    from collections.abc import Iterable
except ImportError:
    from collections import Iterable
from collections import Iterable as _same_iterable
import torch
from torch import nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def listed(value, like):
    if value is None:
        value = []
    elif isinstance(value, str) or not isinstance(value, Iterable):
        value = [value]
    if len(value) == 1:
        value = list(value) * len(like)
    assert len(value) == len(like)
    return list(value)


def leaves(module):
    children = list(module.children())
    return [leaf for child in children for leaf in leaves(child)] if children else [module]


class OptimWrapper:
    def __init__(self, opt, wd):
        self.opt = opt
        self.mom_, self.beta = [g['betas'][0] for g in opt.param_groups][-1], opt.param_groups[0]['betas'][1]
        self.wd_ = listed(wd, [0])
        self.lr = 3e-3

    @classmethod
    def create(cls, opt_func, lr, model, wd):
        modules = leaves(model)
        plain = [m for m in modules if not isinstance(m, NORMS)]
        norms = [m for m in modules if isinstance(m, NORMS)]
        groups = [{'params': [p for m in part for p in m.parameters() if p.requires_grad], 'lr': 0}
                  for part in (plain, norms)]
        made = cls(opt_func(groups), wd)
        made.lr = lr
        return made

    @property
    def lr(self):
        return self.lr_[-1]

    @lr.setter
    def lr(self, value):
        self.lr_ = listed(value, [0])
        for group in self.opt.param_groups:
            group['lr'] = self.lr_[0]

    @property
    def mom(self):
        return self.mom_

    @mom.setter
    def mom(self, value):
        self.mom_ = listed(value, [0])[0]
        for group in self.opt.param_groups:
            group['betas'] = (self.mom_, self.beta)

    def step(self):
        for group in self.opt.param_groups:
            for p in group['params']:
                if p.requires_grad:
                    p.data.mul_(1 - self.wd_[0] * self.lr_[0])
            group['weight_decay'] = 0
        self.opt.step()

    def zero_grad(self):
        self.opt.zero_grad()

    def __getattr__(self, name):
        return getattr(self.__dict__['opt'], name, None)
'''

SCHEDULES = '''
"""Schedules that set lr and momentum of a wrapped optimizer."""
import math
from functools import partial

import numpy as np
import torch.optim.lr_scheduler as lr_sched

from .fastai_optim import OptimWrapper


def half_cosine(start, end, share):
    return end + (start - end) / 2 * (np.cos(np.pi * share) + 1)


class Stepper:
    def __init__(self, optimizer, total, lr_phases, mom_phases):
        self.optimizer, self.total = optimizer, total
        self.lr_phases, self.mom_phases = self.bound(lr_phases), self.bound(mom_phases)

    def bound(self, phases):
        found = []
        for i, (share, value) in enumerate(phases):
            if found:
                assert found[-1][0] < share
            end = int(phases[i + 1][0] * self.total) if i + 1 < len(phases) else self.total
            found.append((int(share * self.total), end, value))
        return found

    def step(self, step{more}):
        for start, end, value in self.lr_phases:
            if step >= start:
                self.optimizer.lr = value((step - start) / (end - start))
        for start, end, value in self.mom_phases:
            if step >= start:
                self.optimizer.mom = value((step - start) / (end - start))


class OneCycle(Stepper):
    def __init__(self, optimizer, total, lr_max, moms, div_factor, pct_start):
        self.moms, low = moms, lr_max / div_factor
        lr_phases = ((0, partial({shape}, low, lr_max)), (pct_start, partial({shape}, lr_max, low / 1e4)))
        mom_phases = ((0, partial(half_cosine, *moms)), (pct_start, partial(half_cosine, *moms[::-1])))
        optimizer.lr, optimizer.mom = low, moms[0]
        super().__init__(optimizer, total, lr_phases, mom_phases)


def line(start, end, share):
    return start + (end - start) * share


class CosineAnneal(Stepper):
    def __init__(self, optimizer, total, epochs, lr_max, moms, pct_start, warmup_iter):
        self.epochs, self.lr_max, self.warmup_iter = epochs, lr_max, warmup_iter
        mom_phases = ((0, partial(half_cosine, *moms)), (pct_start, partial(half_cosine, *moms[::-1])))
        optimizer.lr, optimizer.mom = lr_max, moms[0]
        super().__init__(optimizer, total, (), mom_phases)

    def step(self, step, epoch):
        super().step(step{pass_on})
        if step < self.warmup_iter:
            self.optimizer.lr = self.lr_max * (1 - (1 - step / self.warmup_iter) * (1 - 0.33333333))
        else:
            self.optimizer.lr = half_cosine(self.lr_max, self.lr_max * 0.001, epoch / self.epochs)


class CosineWarmupLR(lr_sched._LRScheduler):
    def __init__(self, optimizer, T_max, eta_min=0, last_epoch=-1):
        self.T_max, self.eta_min = T_max, eta_min
        super(CosineWarmupLR, self).__init__(optimizer, last_epoch)

    def get_lr(self):
        share = (1 - math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]
'''

BUILD = '''
"""What an OPTIMIZATION block builds."""
from functools import partial

import torch.nn as nn
import torch.optim as optim
import torch.optim.lr_scheduler as lr_sched

from .fastai_optim import OptimWrapper
from .learning_schedules_fastai import CosineAnneal, CosineWarmupLR, OneCycle


def build_optimizer(model, optim_cfg):
    if optim_cfg.OPTIMIZER == 'adam':
        return optim.Adam(model.parameters(), lr=optim_cfg.LR, weight_decay=optim_cfg.WEIGHT_DECAY)
    if optim_cfg.OPTIMIZER == 'sgd':
        return optim.SGD(
            model.parameters(), lr=optim_cfg.LR, weight_decay=optim_cfg.WEIGHT_DECAY, momentum=optim_cfg.MOMENTUM
        )
    if optim_cfg.OPTIMIZER in {wrapped}:
        betas = {betas}
        return OptimWrapper.create(partial(optim.Adam, betas=tuple(betas)), 3e-3, model, optim_cfg.WEIGHT_DECAY)
    raise NotImplementedError


def build_scheduler(optimizer, total_iters_each_epoch, total_epochs, last_epoch, optim_cfg):
    decay_steps = [x * total_iters_each_epoch for x in optim_cfg.DECAY_STEP_LIST]

    def factor(iteration):
        decay = 1
        for step in decay_steps:
            if iteration >= step:
                decay = decay * optim_cfg.LR_DECAY
        return max(decay, optim_cfg.LR_CLIP / optim_cfg.LR)

    warmup = None
    total = total_iters_each_epoch * total_epochs
    if optim_cfg.OPTIMIZER == 'adam_onecycle':
        schedule = OneCycle(
            optimizer, total, optim_cfg.LR, list(optim_cfg.MOMS), optim_cfg.DIV_FACTOR, optim_cfg.PCT_START
        )
    elif optim_cfg.OPTIMIZER == 'adam_cosineanneal':
        schedule = CosineAnneal(
            optimizer, total, total_epochs, optim_cfg.LR, list(optim_cfg.MOMS), optim_cfg.PCT_START,
            optim_cfg.WARMUP_ITER
        )
    else:
        schedule = lr_sched.LambdaLR(optimizer, factor, last_epoch=last_epoch)
        if optim_cfg.LR_WARMUP:
            warmup = CosineWarmupLR(
                optimizer, T_max=optim_cfg.WARMUP_EPOCH * {length}, eta_min=optim_cfg.LR / optim_cfg.DIV_FACTOR
            )
    return schedule, warmup
'''

LOOP = '''
"""The loop over epochs and iterations."""
import os
import time

import torch
import tqdm
from tensorboardX import SummaryWriter
from torch.nn.utils import clip_grad_norm_

from pcdet.utils import common_utils, commu_utils


def train_one_epoch(model, optimizer, train_loader, model_func, lr_scheduler, accumulated_iter, optim_cfg, rank, tbar,
                    total_it_each_epoch, dataloader_iter, tb_log=None, cur_epoch=None, use_amp=False):
    if total_it_each_epoch == len(train_loader):
        dataloader_iter = iter(train_loader)
    start_it = accumulated_iter % total_it_each_epoch
    scaler = torch.cuda.amp.GradScaler(enabled=use_amp, init_scale=optim_cfg.get('LOSS_SCALE_FP16', 2.0 ** 16))
    data_time = common_utils.AverageMeter()
    for cur_it in range(start_it, total_it_each_epoch):
        begun = time.time()
        try:
            batch = next(dataloader_iter)
        except StopIteration:
            dataloader_iter = iter(train_loader)
            batch = next(dataloader_iter)
        cur_data_time = commu_utils.average_reduce_value(time.time() - begun)
        lr_scheduler.step(accumulated_iter{more})
        try:
            cur_lr = float(optimizer.lr)
        except Exception:
            cur_lr = optimizer.param_groups[0]['lr']
        model.train()
        optimizer.zero_grad()
        with torch.cuda.amp.autocast(enabled=use_amp):
            loss, tb_dict, disp_dict = model_func(model, batch)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        clip_grad_norm_(model.parameters(), optim_cfg.GRAD_NORM_CLIP)
        scaler.step(optimizer)
        scaler.update()
        accumulated_iter += 1
        data_time.update(cur_data_time)
        if rank == 0:
            disp_dict.update({{'loss': loss.item(), 'lr': cur_lr}})
            tbar.set_postfix(disp_dict)
        if tb_log is not None:
            tb_log.add_scalar('meta_data/learning_rate', cur_lr, accumulated_iter)
    return accumulated_iter


def train_model(model, optimizer, train_loader, model_func, lr_scheduler, optim_cfg, start_epoch, total_epochs,
                start_iter, rank, tb_log, ckpt_save_dir, train_sampler=None, lr_warmup_scheduler=None,
                ckpt_save_interval=1, max_ckpt_save_num=50, merge_all_iters_to_one_epoch=False, use_amp=False):
    accumulated_iter = start_iter
    with tqdm.trange(start_epoch, total_epochs, desc='epochs', dynamic_ncols=True, leave=(rank == 0)) as tbar:
        total_it_each_epoch = len(train_loader)
        if merge_all_iters_to_one_epoch:
            train_loader.dataset.merge_all_iters_to_one_epoch(merge=True, epochs=total_epochs)
            total_it_each_epoch = len(train_loader) // max(total_epochs, 1)
        dataloader_iter = iter(train_loader)
        for cur_epoch in tbar:
            if train_sampler is not None:
                train_sampler.set_epoch(cur_epoch)
            if lr_warmup_scheduler is not None and cur_epoch < optim_cfg.WARMUP_EPOCH:
                cur_scheduler = lr_warmup_scheduler
            else:
                cur_scheduler = lr_scheduler
            accumulated_iter = train_one_epoch(
                model, optimizer, train_loader, model_func, cur_scheduler, accumulated_iter, optim_cfg, rank, tbar,
                total_it_each_epoch, dataloader_iter, tb_log=tb_log, cur_epoch=cur_epoch, use_amp=use_amp
            )
'''

OPTIMIZATION = "tools/train_utils/optimization"
TRAIN_UTILS = "tools/train_utils/train_utils.py"


def openpcdet(master: bool, shape: str = "half_cosine", length: str = "len(total_iters_each_epoch)") -> dict[str, str]:
    """The files of an OpenPCDet of the one line or the other."""
    wrapped = "('adam_onecycle', 'adam_cosineanneal')" if master else "('adam_onecycle',)"
    betas = "optim_cfg.get('BETAS', (0.9, 0.99))" if master else "(0.9, 0.99)"
    schedules = SCHEDULES.replace("{more}", ", epoch=None" if master else "").replace("{shape}", shape)
    return {
        f"{OPTIMIZATION}/__init__.py": BUILD.format(wrapped=wrapped, betas=betas, length=length),
        f"{OPTIMIZATION}/fastai_optim.py": WRAPPER,
        f"{OPTIMIZATION}/learning_schedules_fastai.py": schedules.replace("{pass_on}", ""),
        TRAIN_UTILS: LOOP.format(more=", cur_epoch" if master else ""),
        "tools/train_utils/__init__.py": "",
        "pcdet/__init__.py": "raise ImportError('compiled operators are missing')\n",
        "pcdet/utils/__init__.py": "",
    }


def barzanisar() -> dict[str, str]:
    """AdamW, torch's own schedules, an lr of its own for the backbone."""
    files = openpcdet(master=False)
    files[f"{OPTIMIZATION}/__init__.py"] = BARZANISAR
    return files


BARZANISAR = """
from functools import partial
import torch.optim as optim
import torch.optim.lr_scheduler as lr_sched
from .fastai_optim import OptimWrapper
from .learning_schedules_fastai import CosineWarmupLR, OneCycle


def build_optimizer(model, optim_cfg):
    if optim_cfg.get('FREEZE_BB', False):
        for name, param in model.named_parameters():
            if 'backbone_3d.' in name:
                param.requires_grad = False
    params = model.parameters()
    if optim_cfg.get('LR_BB', None) is not None:
        rest = [p for n, p in model.named_parameters() if p.requires_grad and 'backbone_3d.' not in n]
        body = [p for n, p in model.named_parameters() if p.requires_grad and 'backbone_3d.' in n]
        params = [{'params': rest, 'lr': optim_cfg.LR}]
        if body:
            params.append({'params': body, 'lr': optim_cfg.LR_BB})
    name, decay = optim_cfg.OPTIMIZER, optim_cfg.WEIGHT_DECAY
    if name == 'adam':
        return optim.Adam(params, lr=optim_cfg.LR, weight_decay=decay, betas=(0.9, 0.99))
    if name == 'adamW':
        return optim.AdamW(params, lr=optim_cfg.LR, weight_decay=decay, betas=(0.9, 0.99))
    if name == 'sgd':
        return optim.SGD(params, lr=optim_cfg.LR, weight_decay=decay, momentum=optim_cfg.MOMENTUM)
    if name in ('adam_onecycle', 'adamW_onecycle'):
        kind = optim.AdamW if name == 'adamW_onecycle' else optim.Adam
        return OptimWrapper.create(partial(kind, betas=(0.9, 0.99)), 3e-3, model, decay)
    raise NotImplementedError


def build_scheduler(optimizer, total_iters_each_epoch, total_epochs, last_epoch, optim_cfg):
    total = total_iters_each_epoch * total_epochs
    warmup = None
    if optim_cfg.OPTIMIZER in ('adam_onecycle', 'adamW_onecycle'):
        print('one-cycle over', total)
        return OneCycle(
            optimizer, total, optim_cfg.LR, list(optim_cfg.MOMS), optim_cfg.DIV_FACTOR, optim_cfg.PCT_START
        ), warmup
    if optim_cfg.get('LR_SCHEDULER', None):
        if optim_cfg.LR_SCHEDULER == 'steplr':
            lr_scheduler = lr_sched.StepLR(optimizer, step_size=int(total / 2), verbose=True)
        elif optim_cfg.LR_SCHEDULER == 'cosine':
            lr_scheduler = lr_sched.CosineAnnealingLR(optimizer, T_max=total, eta_min=0)
        elif optim_cfg.LR_SCHEDULER in ('onecycle', 'onecyle'):
            top = [optim_cfg.LR, optim_cfg.LR_BB] if len(optimizer.param_groups) > 1 else optim_cfg.LR
            lr_scheduler = lr_sched.OneCycleLR(
                optimizer, max_lr=top, total_steps=total, pct_start=optim_cfg.PCT_START,
                div_factor=optim_cfg.DIV_FACTOR, anneal_strategy='cos', verbose=False
            )
        return lr_scheduler, warmup
    marks = [x * total_iters_each_epoch for x in optim_cfg.DECAY_STEP_LIST]

    def factor_of(lr):
        def factor(it):
            decay = 1
            for mark in marks:
                if it >= mark:
                    decay = decay * optim_cfg.LR_DECAY
            return max(decay, optim_cfg.LR_CLIP / lr)
        return factor

    lrs = [optim_cfg.LR] + ([optim_cfg.LR_BB] if len(optimizer.param_groups) > 1 else [])
    schedule = lr_sched.LambdaLR(optimizer, [factor_of(lr) for lr in lrs], last_epoch=last_epoch)
    if optim_cfg.LR_WARMUP:
        warmup = CosineWarmupLR(
            optimizer, T_max=optim_cfg.WARMUP_EPOCH * len(total_iters_each_epoch),
            eta_min=optim_cfg.LR / optim_cfg.DIV_FACTOR
        )
    return schedule, warmup
"""


def pla() -> dict[str, str]:
    """The loop sets the lr before every iteration and wants the outputs of a segmentation."""
    files = openpcdet(master=False)
    files[f"{OPTIMIZATION}/__init__.py"] = PLA
    files[TRAIN_UTILS] = PLA_LOOP
    files["pcseg/__init__.py"] = ""
    files["pcseg/utils/__init__.py"] = ""
    files["pcseg/utils/common_utils.py"] = "import SharedArray\nimport spconv\n" + PLA_HELPERS
    files["pcseg/utils/commu_utils.py"] = (
        "import torch.distributed as dist\n\n\ndef average_reduce_value(value):\n"
        "    return value if not dist.is_initialized() else 1 / 0\n"
    )
    return files


PLA_HELPERS = """
import torch


def intersection_and_union(output, target, classes):
    assert output.dim() in (1, 2, 3)
    return torch.histc(output, classes), torch.histc(target, classes), 0


class AverageMeter:
    def __init__(self):
        self.sum = 0

    def update(self, value):
        self.sum = self.sum + value
"""

PLA = """
from functools import partial
import torch.optim as optim
from .fastai_optim import OptimWrapper
from .learning_schedules_fastai import OneCycle


def build_optimizer(model, optim_cfg):
    if optim_cfg.OPTIMIZER == 'adam':
        return optim.Adam(model.parameters(), lr=optim_cfg.LR, weight_decay=optim_cfg.WEIGHT_DECAY)
    if optim_cfg.OPTIMIZER == 'adamw':
        return optim.AdamW(model.parameters(), lr=optim_cfg.LR, weight_decay=optim_cfg.WEIGHT_DECAY)
    if optim_cfg.OPTIMIZER == 'sgd':
        return optim.SGD(
            model.parameters(), lr=optim_cfg.LR, weight_decay=optim_cfg.WEIGHT_DECAY, momentum=optim_cfg.MOMENTUM)
    if optim_cfg.OPTIMIZER == 'adam_onecycle':
        return OptimWrapper.create(partial(optim.Adam, betas=(0.9, 0.99)), 3e-3, model, optim_cfg.WEIGHT_DECAY)
    raise NotImplementedError


def build_scheduler(optimizer, total_iters_each_epoch, total_epochs, last_epoch, optim_cfg):
    schedule = None
    optim_cfg.SCHEDULER
    if optim_cfg.OPTIMIZER == 'adam_onecycle':
        total = total_iters_each_epoch * total_epochs
        schedule = OneCycle(
            optimizer, total, optim_cfg.LR, list(optim_cfg.MOMS), optim_cfg.DIV_FACTOR, optim_cfg.PCT_START)
    return schedule
"""

PLA_LOOP = """
import math
import numpy as np
import torch
import tqdm
from pcseg.config import cfg
from pcseg.utils import common_utils, commu_utils


def set_lr(optimizer, lr):
    for group in optimizer.param_groups:
        group['lr'] = lr


def adjust_lr(optim_cfg, optimizer, scheduler, epochs, per_epoch, epoch, it):
    if optim_cfg.SCHEDULER == 'adam_onecycle':
        assert scheduler is not None
        scheduler.step(it)
    elif optim_cfg.SCHEDULER == 'poly':
        set_lr(optimizer, optim_cfg.LR * (1 - it / (epochs * per_epoch + 1)) ** optim_cfg.POWER)
    elif optim_cfg.SCHEDULER == 'cos_after_step':
        lr = optim_cfg.LR
        if epoch >= optim_cfg.STEP_EPOCH:
            share = (epoch - optim_cfg.STEP_EPOCH) / (epochs - optim_cfg.STEP_EPOCH)
            lr = 1e-6 + 0.5 * (lr - 1e-6) * (1 + np.cos(np.pi * share))
        set_lr(optimizer, lr)
    elif optim_cfg.SCHEDULER == 'cos':
        cos_learning_rate(optimizer, optim_cfg.LR, it)
    elif optim_cfg.SCHEDULER != 'multistep':
        raise NotImplementedError


def train_model(model, optimizer, train_loader, model_func, scheduler, optim_cfg, start_epoch, total_epochs,
                start_iter, rank, tb_log, ckpt_save_dir, text_encoder, train_sampler=None, use_amp=False, logger=None):
    it = start_iter
    scaler = torch.cuda.amp.GradScaler(enabled=use_amp)
    meter = common_utils.AverageMeter()
    for epoch in tqdm.tqdm(range(start_epoch, total_epochs)):
        for i, batch in enumerate(train_loader):
            batch['epoch'] = epoch
            adjust_lr(optim_cfg, optimizer, scheduler, total_epochs, len(train_loader), epoch, it)
            optimizer.zero_grad()
            with torch.cuda.amp.autocast(enabled=use_amp):
                ret_dict, tb_dict, disp_dict = model_func(model, batch)
                loss = ret_dict['loss'].mean()
            inter, union, target = common_utils.intersection_and_union(
                ret_dict['seg_preds'].max(1)[1], ret_dict['seg_labels'], cfg.get('CLASS_NAMES', 20))
            meter.update(inter.cpu().numpy()), meter.update(union), meter.update(target)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            if torch.isnan(next(iter(model.parameters()))).any():
                raise ValueError('The model parameters contain NaN.')
            it += 1
            commu_utils.average_reduce_value(loss.item())
            if i % 50 == 0 and logger is not None:
                logger.info('epoch %d, loss %.3f', epoch, loss.item())
"""


def mtr() -> dict[str, str]:
    """The two functions stand in tools/train.py, and the loop calls the model itself."""
    return {
        "tools/_init_path.py": "import sys\nsys.path.insert(0, '../')\n",
        "tools/train.py": MTR,
        "tools/eval_utils/__init__.py": "",
        "tools/eval_utils/eval_utils.py": "import torch\nraise RuntimeError('evaluates on a GPU')\n",
        TRAIN_UTILS: MTR_LOOP,
        "mtr/__init__.py": "from . import version_that_only_setup_writes\n",
    }


MTR = """
import _init_path
import argparse
import torch
import torch.nn as nn
import torch.optim.lr_scheduler as lr_sched
from tensorboardX import SummaryWriter
from mtr.datasets import build_dataloader
from mtr.config import cfg, cfg_from_yaml_file
from mtr.utils import common_utils
from eval_utils import eval_utils
from train_utils.train_utils import train_model
import a_package_of_the_cluster

CLIP_DEFAULT = [5, 10, 15, 20]
ARGUMENTS = argparse.ArgumentParser().parse_args()


def build_optimizer(model, opt_cfg):
    trained = [each for each in model.parameters() if each.requires_grad]
    if opt_cfg.OPTIMIZER == 'Adam':
        return torch.optim.Adam(trained, lr=opt_cfg.LR, weight_decay=opt_cfg.WEIGHT_DECAY)
    if opt_cfg.OPTIMIZER == 'AdamW':
        return torch.optim.AdamW(trained, lr=opt_cfg.LR, weight_decay=opt_cfg.WEIGHT_DECAY)
    assert False


def build_scheduler(optimizer, dataloader, opt_cfg, total_epochs, total_iters_each_epoch, last_epoch):
    def factor(it):
        decay = 1
        marks = [x * total_iters_each_epoch for x in opt_cfg.get('DECAY_STEP_LIST', CLIP_DEFAULT)]
        for mark in marks:
            if it >= mark:
                decay = decay * opt_cfg.LR_DECAY
        return max(decay, opt_cfg.LR_CLIP / opt_cfg.LR)

    kind = opt_cfg.get('SCHEDULER', None)
    if kind == 'cosine':
        return lr_sched.CosineAnnealingWarmRestarts(
            optimizer, T_0=2 * len(dataloader), T_mult=1, eta_min=max(1e-2 * opt_cfg.LR, 1e-6), last_epoch=-1)
    if kind == 'lambdaLR':
        return lr_sched.LambdaLR(optimizer, factor, last_epoch=last_epoch)
    if kind == 'linearLR':
        total = total_iters_each_epoch * total_epochs
        return lr_sched.LinearLR(
            optimizer, start_factor=1.0, end_factor=opt_cfg.LR_CLIP / opt_cfg.LR, total_iters=total,
            last_epoch=last_epoch)
    return None


def main():
    args = argparse.ArgumentParser().parse_args()


if __name__ == '__main__':
    main()
"""

MTR_LOOP = """
import glob
import os
import torch
import tqdm
import time
from torch.nn.utils import clip_grad_norm_
from mtr.utils import common_utils, commu_utils


def train_one_epoch(model, optimizer, train_loader, accumulated_iter, optim_cfg, rank, tbar, total_it_each_epoch,
                    dataloader_iter, tb_log=None, scheduler=None, cur_epoch=None, logger=None):
    for cur_it in range(total_it_each_epoch):
        batch = next(dataloader_iter)
        if scheduler is not None:
            try:
                scheduler.step(accumulated_iter)
            except:
                scheduler.step()
        cur_lr = optimizer.param_groups[0]['lr']
        model.train()
        optimizer.zero_grad()
        loss, tb_dict, disp_dict = model(batch)
        loss.backward()
        norm = clip_grad_norm_(model.parameters(), optim_cfg.GRAD_NORM_CLIP)
        optimizer.step()
        accumulated_iter += 1
        disp_dict.update({'loss': loss.item(), 'lr': cur_lr, 'norm': float(norm)})
    return accumulated_iter


def train_model(model, optimizer, train_loader, optim_cfg, start_epoch, total_epochs, start_iter, rank, ckpt_save_dir,
                train_sampler=None, ckpt_save_interval=1, max_ckpt_save_num=50, tb_log=None, scheduler=None,
                test_loader=None, logger=None, eval_output_dir=None, cfg=None, dist_train=False,
                logger_iter_interval=50, ckpt_save_time_interval=300):
    accumulated_iter = start_iter
    with tqdm.trange(start_epoch, total_epochs, desc='epochs', dynamic_ncols=True) as tbar:
        for cur_epoch in tbar:
            torch.cuda.empty_cache()
            if train_sampler is not None:
                train_sampler.set_epoch(cur_epoch)
            if scheduler is None and cur_epoch > 0 and cur_epoch % 5 == 0:
                for group in optimizer.param_groups:
                    group['lr'] = group['lr'] * 0.3
            accumulated_iter = train_one_epoch(
                model, optimizer, train_loader, accumulated_iter, optim_cfg, rank, tbar, len(train_loader),
                iter(train_loader), tb_log=tb_log, scheduler=scheduler, cur_epoch=cur_epoch, logger=logger)
            from eval_utils.eval_utils import eval_one_epoch
            tb_dict = eval_one_epoch(cfg, model, test_loader, cur_epoch)
            if tb_dict['mAP'] > 0.5:
                raise RuntimeError('nothing was evaluated')
"""


def xiangruhuang() -> dict[str, str]:
    """The schedule steps after the optimizer, by a count of samples."""
    files = openpcdet(master=False)
    files[f"{OPTIMIZATION}/__init__.py"] = XIANGRUHUANG
    files[TRAIN_UTILS] = XIANGRUHUANG_LOOP
    return files


XIANGRUHUANG = """
from functools import partial
import torch.optim as optim
import torch.optim.lr_scheduler as lr_sched
from .fastai_optim import OptimWrapper
from .learning_schedules_fastai import OneCycle


def build_optimizer(model, optim_cfg):
    name, decay = optim_cfg.OPTIMIZER, optim_cfg.WEIGHT_DECAY
    if name == 'adam':
        return optim.Adam(model.parameters(), lr=optim_cfg.LR, weight_decay=decay)
    if name == 'adamW':
        return optim.AdamW(model.parameters(), lr=optim_cfg.LR, weight_decay=decay)
    if name == 'sgd':
        return optim.SGD(model.parameters(), lr=optim_cfg.LR, weight_decay=decay, momentum=optim_cfg.MOMENTUM)
    if name == 'adam_onecycle':
        return OptimWrapper.create(partial(optim.Adam, betas=(0.9, 0.99)), 3e-3, model, decay)
    if name == 'adamW_onecycle':
        return OptimWrapper.create(partial(optim.AdamW, betas=(0.9, 0.99)), optim_cfg.LR, model, decay)
    raise NotImplementedError


def build_scheduler(optimizer, total_iters_each_epoch, total_epochs, last_epoch, optim_cfg):
    marks = [x * total_iters_each_epoch for x in optim_cfg.DECAY_STEP_LIST]
    total = total_iters_each_epoch * total_epochs

    def factor(it):
        decay = 1
        for mark in marks:
            if it >= mark:
                decay = decay * optim_cfg.LR_DECAY
        return max(decay, optim_cfg.LR_CLIP / optim_cfg.LR)

    if optim_cfg.SCHEDULER == 'STEP':
        schedule = lr_sched.MultiStepLR(optimizer, milestones=marks, gamma=optim_cfg.LR_DECAY)
    elif optim_cfg.SCHEDULER == 'OneCycle' and optim_cfg.OPTIMIZER.endswith('_onecycle'):
        schedule = OneCycle(
            optimizer, total, optim_cfg.LR, list(optim_cfg.MOMS), optim_cfg.DIV_FACTOR, optim_cfg.PCT_START)
    else:
        schedule = lr_sched.LambdaLR(optimizer, factor, last_epoch=last_epoch)
    return schedule, None
"""

XIANGRUHUANG_LOOP = """
import torch
import tqdm
from torch.nn.utils import clip_grad_norm_
from pcdet.utils import common_utils, commu_utils
from pcdet.models import load_data_to_gpu


def train_model(model, optimizer, train_loader, model_func, lr_scheduler, optim_cfg, start_epoch, total_epochs,
                start_iter, rank, tb_log, ckpt_save_dir, train_sampler=None, lr_warmup_scheduler=None,
                ckpt_save_interval=1, max_ckpt_save_num=50, merge_all_iters_to_one_epoch=False, visualizer=None):
    samples = start_iter * train_loader.batch_size
    for epoch in tqdm.trange(start_epoch, total_epochs):
        for batch in train_loader:
            optimizer.zero_grad()
            loss, tb_dict, disp_dict = model_func(model, batch)
            loss.backward()
            if optim_cfg.GRAD_NORM_CLIP > 0:
                clip_grad_norm_(model.parameters(), optim_cfg.GRAD_NORM_CLIP)
            optimizer.step()
            lr_scheduler.step(samples // train_loader.batch_size)
            samples += batch['batch_size']
"""


def trans3d() -> dict[str, str]:
    """Classic, with more arguments and a single file for the optimizers beside the schedules."""
    files = openpcdet(master=False)
    build = files.pop(f"{OPTIMIZATION}/__init__.py").replace("from .fastai", "from .optimization_parts.fastai")
    files["tools/train_utils/optimization.py"] = build.replace("from .learning", "from .optimization_parts.learning")
    for name in ("fastai_optim", "learning_schedules_fastai"):
        moved = files.pop(f"{OPTIMIZATION}/{name}.py")
        files[f"tools/train_utils/optimization_parts/{name}.py"] = moved
    files["tools/train_utils/optimization_parts/__init__.py"] = ""
    more = "start_iter, rank, tb_log, ckpt_save_dir, source_reader, ps_label_dir, cfg, ema_model=None, "
    files[TRAIN_UTILS] = files[TRAIN_UTILS].replace("start_iter, rank, tb_log, ckpt_save_dir, ", more)
    return files


def swapped(**changes: str) -> Callable[[], dict[str, str]]:
    """A classic checkout with some text of its optimization file put in front of it, or of its loop."""

    def made() -> dict[str, str]:
        files = openpcdet(master=False)
        for name, text in changes.items():
            place = TRAIN_UTILS if name == "loop" else f"{OPTIMIZATION}/__init__.py"
            files[place] = text + files[place]
        return files

    return made


STYLES: dict[str, Callable[[], dict[str, str]]] = {
    "master": lambda: openpcdet(master=True),
    "classic": lambda: openpcdet(master=False),
    "EmiyaNing/OpenPCDet": lambda: openpcdet(master=False, length="total_iters_each_epoch"),
    "barzanisar/OpenPCDet": barzanisar,
    "CVMI-Lab/PLA": pla,
    "sshaoshuai/MTR": mtr,
    "xiangruhuang/OpenPCDet": xiangruhuang,
    "PJLab-ADG/3DTrans": trans3d,
    "another formula": lambda: openpcdet(master=False, shape="line"),
    "unknown import": swapped(build="import a_package_of_the_cluster\n"),
    "unknown import in the loop": swapped(loop="import a_package_of_the_cluster\n"),
    "never ends": swapped(build="while True:\n    pass\n"),
    "eats memory": swapped(build="held = [bytearray(2 ** 27) for _ in range(4000)]\n"),
    "prints": swapped(build="import os\nprint('hello' * 100)\nos.system('echo from a shell')\n"),
    "goes elsewhere": swapped(build="import os\nos.chdir('/')\n"),
    "sys.exit": swapped(build="import sys\nsys.exit(3)\n"),
    "os._exit": swapped(build="import os\nos._exit(7)\n"),
    "no Python": swapped(build="def build_optimizer(:\n"),
}
"""The name of a style, a fork's own where it is that fork's, and what makes its files."""


def write(folder: Path, style: str) -> Path:
    """Lay a checkout of a style out below a folder; the folder of the checkout."""
    root = folder / style.replace("/", "-").replace(" ", "-")
    for name, text in STYLES[style]().items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root
