"""What a visitor's files are called."""

from __future__ import annotations

from pathlib import PurePath


def tuned(name: str, suffix: str = "_tuned") -> PurePath:
    """The file's own name with a suffix before its ending.

    >>> str(tuned("pv_rcnn.yaml")), str(tuned("../a/cfg.yml", "_lr")), tuned("a.b.yaml").stem
    ('pv_rcnn_tuned.yaml', 'cfg_lr.yml', 'a.b_tuned')
    """
    path = PurePath(name)
    return PurePath(f"{path.stem}{suffix}{path.suffix or '.yaml'}")
