"""What a checkout's code gets in place of what is not needed to step a schedule: packages, a model, batches.

Only the child process uses this. A stand-in takes part in anything that does not ask for its value; where a value is
asked for, or a part that it does not have, it raises `StandInShort`, so that no figure can come from it unseen.
"""

from __future__ import annotations

import dis
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, ClassVar, Self, TypeVar

_T = TypeVar("_T")

OUTSIDE = frozenset({
    "MinkowskiEngine", "SharedArray", "apex", "av2", "clip", "colorlog", "cumm", "cv2", "detectron2", "einops",
    "fvcore", "git", "gpustat", "h5py", "imageio", "kornia", "llvmlite", "matplotlib", "mmcv", "mmdet", "mmdet3d",
    "mmengine", "motmetrics", "numba", "nuscenes", "open3d", "open_clip", "ops", "pandas_flavor", "pccm", "plyfile",
    "pointnet2_ops", "prettytable", "psutil", "pycocotools", "pynvml", "pypcd", "pyquaternion", "rich", "scipy",
    "seaborn", "shapely", "skimage", "sklearn", "softgroup", "spconv", "swanlab", "tabulate", "tensorboard",
    "tensorboardX", "tensorflow", "termcolor", "terminaltables", "thop", "timm", "torch_cluster", "torch_geometric",
    "torch_scatter", "torchdata", "torchex", "torchmetrics", "torchplus", "torchsparse", "torchvision",
    "transformers", "visdom", "wandb", "waymo_open_dataset"
})  # fmt: skip
"""Packages that detectors import and that no schedule needs: stood in for where they are not installed."""


ALWAYS = frozenset({"tqdm", "wandb", "tensorboardX", "visdom", "swanlab", "eval_utils"})
"""What shows, logs and evaluates: it has no part in a schedule, and is stood in for even where it is there."""


class StandInShort(AttributeError):  # noqa: N818 - what happened: a stand-in falls short
    """The checkout asks a stand-in for something that it does not have."""


class StandIn:
    """Takes part in anything. `strict`: to ask for its value as a number or a truth raises StandInShort."""

    def __init__(self, name: str, strict: bool = True) -> None:
        self.__dict__.update(_name=name, _strict=strict)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _KNOWN.get(name) or StandIn(f"{self._name}.{name}", self._strict)

    def __call__(self, *values: object, **named: object) -> object:
        """Another stand-in, unless it could have changed the lr."""
        if len(values) == 1 and not named and callable(values[0]) and not isinstance(values[0], StandIn):
            return values[0]  # a decorator
        if any(map(_is_scheduled, (*values, *named.values()))):
            raise StandInShort(f"{self._name} is called with the optimizer, and there is only a stand-in for it")
        return StandIn(f"{self._name}()", self._strict)

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        return ()

    def _same(self, *_: object) -> object:
        return self

    def _value(self, kind: type[_T]) -> _T:
        if self._strict:
            raise StandInShort(f"{self._name} is asked for a value, and there is only a stand-in for it")
        return kind()

    def __iter__(self) -> Iterator[object]:
        count = _unpacked(sys._getframe(1))  # noqa: SLF001 - the line that asks
        if count is None:
            return iter(self._value(tuple))
        return iter([StandIn(f"{self._name}[{i}]", self._strict) for i in range(count)])

    def __getitem__(self, key: object) -> object:
        return StandIn(f"{self._name}[{key!r:.20}]", self._strict)

    def __setitem__(self, key: object, value: object) -> None: ...
    def __setattr__(self, name: str, value: object) -> None: ...
    def __enter__(self) -> object:
        return self

    def __exit__(self, *_: object) -> None: ...
    def __float__(self) -> float:
        return self._value(float)

    def __int__(self) -> int:
        return self._value(int)

    __index__ = __int__

    def __bool__(self) -> bool:
        return self._value(bool)

    def __len__(self) -> int:
        return self._value(int)

    def __contains__(self, _: object) -> bool:
        return self._value(bool)

    def __lt__(self, _: object) -> bool:
        return self._value(bool)

    __le__ = __gt__ = __ge__ = __lt__
    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __isub__ = __mul__ = __rmul__ = __truediv__ = _same
    __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __mod__ = __rmod__ = __neg__ = __abs__ = _same
    __and__ = __rand__ = __or__ = __ror__ = __invert__ = __matmul__ = __rmatmul__ = _same

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., object],
        types: object,
        values: Iterable[object] = (),
        named: Mapping[str, object] | None = None,
    ) -> object:
        found = next((value for value in values if isinstance(value, StandIn)), None)
        return found if found is not None else StandIn(f"torch.{getattr(function, '__name__', 'function')}()")

    def item(self) -> float:
        """As a tensor's."""
        return float(self)

    def __repr__(self) -> str:
        return f"<stand-in for {self._name}>"


def _is_scheduled(value: object) -> bool:
    """Whether it is an optimizer, a parameter group or a schedule: what is called with one may change the lr."""
    if isinstance(value, (StandIn, type)):
        return False
    names = ("param_groups", "get_lr", "base_lrs")
    return any(hasattr(value, name) for name in names) or (isinstance(value, dict) and "lr" in value)


def _unpacked(frame: FrameType) -> int | None:
    """Into how many names the calling line unpacks what it iterates over; None where it does not."""
    code = frame.f_code.co_code
    operation = code[frame.f_lasti]
    return code[frame.f_lasti + 1] if dis.opname[operation] == "UNPACK_SEQUENCE" else None


class StandInModule(ModuleType):
    """A module in which every name can be found."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        if name in vars(self).get("real", ()):
            return importlib.import_module(full)
        strict = self.__name__.partition(".")[0] not in ALWAYS
        found = vars(self)[name] = _KNOWN.get(name) or StandIn(full, strict)
        return found


class AverageMeter:
    """The running mean that loops keep of their times."""

    val = avg = sum = 0.0
    count = 0

    def __init__(self, *_: object, **__: object) -> None: ...
    def reset(self) -> None:
        """Nothing is kept."""

    def update(self, *_: object, **__: object) -> None:
        """Nothing is kept."""


# What every loop asks for one process among one.
_KNOWN: dict[str, object] = {
    "AverageMeter": AverageMeter,
    "average_reduce_value": lambda value, *_, **__: value,
    "get_world_size": lambda *_, **__: 1,
    "get_rank": lambda *_, **__: 1,
    "get_dist_info": lambda *_, **__: (1, 1),
    "is_main_process": lambda *_, **__: False,
    "synchronize": lambda *_, **__: None,
}


class NoBar:
    """tqdm without a bar."""

    format_dict: ClassVar[dict[str, float]] = {"elapsed": 0.0, "rate": 1.0, "n": 0.0, "total": 0.0}
    n = 0

    def __init__(self, items: Iterable[object] | None = None, *_: object, **__: object) -> None:
        self._items = () if items is None else items

    def __iter__(self) -> Iterator[object]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)  # type: ignore[arg-type] # as tqdm: only where the items have a length

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, *_: object, **__: object) -> None:
        """There is no bar."""

    set_postfix = set_postfix_str = set_description = set_description_str = refresh = close = clear = reset = update
    write = staticmethod(lambda *_, **__: None)
    format_interval = staticmethod(lambda seconds: f"{seconds:.0f}")


def _tqdm() -> ModuleType:
    module = ModuleType("tqdm")
    values = {"tqdm": NoBar, "trange": lambda *numbers, **_: NoBar(range(*numbers)), "tqdm_notebook": NoBar}
    vars(module).update(values)
    vars(module)["__path__"] = []
    return module


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the checkout's own packages (their utils for real, where they can be imported), tqdm, and what is outside.

    `own` are the names of the packages, `config` what `cfg` of their module config is.
    """

    def __init__(self, root: Path, own: Sequence[str], config: object) -> None:
        self.root, self.own, self.config = root, {"pcdet", "mtr", "pcseg", *own}, config

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """A module for the names that this finder stands in for."""
        top, _, rest = name.partition(".")
        if top in ALWAYS or top in self.own or name == "torch.utils.tensorboard":
            file = self._real(top, rest)
            if file is not None:
                loader = RealFile(name, str(file))
                return importlib.util.spec_from_file_location(name, file, loader=loader)
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def _real(self, top: str, rest: str) -> Path | None:
        inner = rest.split(".")
        if len(inner) != 2 or inner[0] != "utils":
            return None
        file = self.root / top / "utils" / f"{inner[1]}.py"
        return file if file.is_file() else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The stand-in itself."""
        if spec.name.startswith("tqdm"):
            return _tqdm()
        module = StandInModule(spec.name)
        vars(module)["__path__"] = []
        top, _, rest = spec.name.partition(".")
        if rest == "config":
            vars(module)["cfg"] = self.config
        if rest == "utils" and top in self.own:
            vars(module)["real"] = {file.stem for file in (self.root / top / "utils").glob("*.py")}
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class Outside(Finder):
    """Asked last: a package of `OUTSIDE` that is not installed, and torch's TensorBoard without tensorboard."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """A stand-in for a package that is known to be of no account."""
        if name.partition(".")[0] in OUTSIDE:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None


class RealFile(importlib.machinery.SourceFileLoader):
    """A helper of the checkout's own package. One that cannot be imported here is stood in for, name by name."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the file; what fails leaves a stand-in for all that it would have had."""
        try:
            super().exec_module(module)
        except Exception:  # noqa: BLE001 - whatever it needs, what is asked of it later decides whether it matters
            name = module.__name__
            vars(module)["__getattr__"] = lambda key: _KNOWN.get(key) or StandIn(f"{name}.{key}")


def give_up(error: BaseException, root: Path, own: Sequence[str]) -> bool:
    """Stand in for the helper of the checkout's own package that an exception came from; False where it is from none.

    Helpers that work on a model's outputs cannot do so with stand-ins, and have no part in a schedule. One that is
    called with the optimizer has: its stand-in raises StandInShort.
    """
    folders = [str(root / name) + os.sep for name in own]
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    first = next((code for code in frames if any(code.co_filename.startswith(each) for each in folders)), None)
    if first is None:
        return False
    gone = StandIn(f"{Path(first.co_filename).name}'s {first.co_name}", strict=False)
    for module in list(sys.modules.values()):
        if str(getattr(module, "__file__", "")).startswith(str(root) + os.sep):
            for name, value in list(vars(module).items()):
                if getattr(value, "__code__", None) is first:
                    vars(module)[name] = gone
                    gone.__dict__["_put"] = True
    return "_put" in gone.__dict__


def install(root: Path, own: Sequence[str], config: object) -> None:
    """Put the stand-ins where imports are looked up: before what is installed, and after it."""
    sys.meta_path.insert(0, Finder(root, own, config))
    sys.meta_path.append(Outside(root, own, config))
