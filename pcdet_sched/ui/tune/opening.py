"""What the first visitor of a server sees while PyTorch is loaded, and the once-per-process work that goes with it."""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import streamlit as st

from pcdet_sched.figures import notice_spec
from pcdet_sched.language import _
from pcdet_sched.ui.parts.chart import dark, draw

# So long the page's frame takes to be sent; loading PyTorch then leaves no other thread a turn.
_HEAD_START = 0.05


@contextmanager
def opening() -> Iterator[None]:
    """Around the first thing that needs PyTorch: an empty chart stands in for it until it has been loaded.

    A browser takes as long to get ready for its first chart as the server for the first curve: now both do it at once.
    """
    if "torch" in sys.modules:
        yield
        return
    place = st.empty()
    with place:
        text = _("Loading PyTorch, whose optimizers draw the curves …")
        draw(notice_spec(text, dark=dark()), "opening")
    time.sleep(_HEAD_START)
    settle()
    yield
    place.empty()


@cache
def settle() -> None:
    """Once per process: import what is heavy, set it aside from garbage collection, make threads wait less."""
    import torch

    torch.set_num_threads(1)  # the dummy model is tiny: more threads only wait for one another
    sys.setswitchinterval(0.002)  # seconds; the thread that sends what is drawn waits less for those that draw
    _send_at_once()
    gc.collect()
    gc.freeze()


def _send_at_once() -> None:
    """Have the server's sockets send small messages at once: else an answer to a quick visitor waits 40 ms for his ACK.

    asyncio sees to that only for sockets that name TCP as their protocol, and Streamlit's does not. Those that the
    server accepts from now on take it over from the one that listens.
    """
    with suppress(FileNotFoundError):  # Windows has no such folder
        for file in Path("/dev/fd").iterdir():
            with suppress(OSError), socket.socket(fileno=os.dup(int(file.name))) as one:  # the same socket, or none
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
