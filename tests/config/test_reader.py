"""Reading: what PyYAML reads, with a place for everything that it refuses."""

from __future__ import annotations

import pcdet_sched as ps


def test_an_unedited_file_comes_back_byte_for_byte() -> None:
    data = "\ufeff# 备注\r\nOPTIMIZATION:\r\n    LR: 0.003 # 0.01 diverged\r\n    X: 1".encode()
    assert ps.load(data).to_yaml().encode() == data
