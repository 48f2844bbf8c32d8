"""Import only what is used of LlamaIndex: all that its top level imports in turn takes over a second.

Importing any module of `llama_index.core` first runs the `__init__` of each package above it, and these import all
there is: agents, chat engines, workflows, SQL. `import_leanly()` has the costly ones wait until something is looked up
in them that no submodule has given them. Nothing else changes: what is looked up is found, only later.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_PACKAGE = "llama_index.core"
_COSTLY = {
    _PACKAGE,
    f"{_PACKAGE}.embeddings",
    f"{_PACKAGE}.indices",
    f"{_PACKAGE}.node_parser",
    f"{_PACKAGE}.node_parser.text",
    f"{_PACKAGE}.postprocessor",
    f"{_PACKAGE}.response_synthesizers",
    f"{_PACKAGE}.vector_stores",
    "fsspec",
    "requests",
}
"""Packages that import much beside what is asked of them, and two that LlamaIndex imports for what is not done here.

The rest of its packages import each other in a circle and cannot wait.
"""


class _Waiting(ModuleType):
    """A package whose `__init__` has not run yet; it does when a name is sought that no submodule has given it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        loader = self.__spec__ and self.__spec__.loader
        assert isinstance(loader, _Later)  # noqa: S101 (nothing else makes one)
        loader.loader.exec_module(self)
        return getattr(self, name)


class _Later(Loader):
    """Makes a package without running its `__init__`."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        package = _Waiting(spec.name)
        if spec.name == _PACKAGE:
            # Each callback manager asks for it; only who has all of LlamaIndex can have set one.
            package.__dict__["global_handler"] = None
        return package

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: it waits."""


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a package that is to wait."""
        if fullname not in _COSTLY:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec and spec.loader:
            spec.loader = _Later(spec.loader)
        return spec


def import_leanly() -> None:
    """Have the packages of LlamaIndex that are imported from now on wait until they are used."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
