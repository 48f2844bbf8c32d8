"""Import only what is used of LlamaIndex: its top level, and what that imports in turn, takes over a second.

Importing any module of `llama_index.core` first runs the `__init__` of each package above it, and these import all
there is: agents, chat engines, workflows, SQL. `import_leanly()` has each of them wait until something is looked up in
it that is not there. Nothing else changes: what is looked up is found, only later.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_PACKAGE = "llama_index.core"
_COSTLY = {_PACKAGE} | {
    f"{_PACKAGE}.{name}"
    for name in (
        "embeddings",
        "indices",
        "node_parser",
        "node_parser.text",
        "postprocessor",
        "response_synthesizers",
        "vector_stores",
    )
}
"""Packages that import much beside what is asked of them. Others import each other in a circle and cannot wait."""


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
        return _Waiting(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: it waits."""


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
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
