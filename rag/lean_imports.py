"""Import only what is used of LlamaIndex: all that its top level imports in turn takes over a second.

Importing any module of `llama_index.core` first runs the `__init__` of each package above it, and these import all
there is: agents, chat engines, workflows, SQL. `import_leanly()` has the costly ones wait until something is looked up
in them that no submodule has given them. Nothing else changes: what is looked up is found, only later.

`importlib.util.LazyLoader` would run a package at once: to import a submodule is to look up the package's `__path__`.
"""

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_PACKAGE = "llama_index.core"
COSTLY = frozenset(
    {
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
)
"""Packages that import much beside what is asked of them, and two that LlamaIndex imports for what is not done here.

The rest of its packages import each other in a circle and cannot wait.
"""


class _Waiting(ModuleType):
    """A package whose `__init__` has not run yet; it does when a name is sought that no submodule has given it."""

    def __getattr__(self, name: str) -> object:
        # An import of its own, since what Python does for one holds here: it runs once, another thread waits until it
        # is done, and of two that wait for each other one goes on.
        import_module(f"{self.__name__}.__init__")
        return ModuleType.__getattribute__(self, name)


class _Later(Loader):
    """Has a package wait in place of running its `__init__`."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == _PACKAGE:
            # Each callback manager asks for it; only who has all of LlamaIndex can have set one.
            module.__dict__["global_handler"] = None
        # As importlib.util.LazyLoader does: from here on the package is what its own loader makes.
        assert module.__spec__  # noqa: S101 (Python has just made it by this)
        module.__spec__.loader = module.__loader__ = self.loader
        module.__class__ = _Waiting


class _Now(Loader):
    """Runs the `__init__` of a package that waits, in the package; the module that this import makes stays empty."""

    def __init__(self, package: ModuleType) -> None:
        self.package = package

    def exec_module(self, module: ModuleType) -> None:
        loader = self.package.__loader__
        assert isinstance(loader, Loader)  # noqa: S101 (see _Later)
        loader.exec_module(self.package)
        self.package.__class__ = ModuleType


class _Finder(MetaPathFinder):
    def __init__(self, costly: Collection[str]) -> None:
        self.costly = costly

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a package that is to wait, or of the `__init__` of one that waits."""
        parent, _, name = fullname.rpartition(".")
        package = sys.modules.get(parent)
        if name == "__init__" and isinstance(package, _Waiting):
            return ModuleSpec(fullname, _Now(package))
        if fullname not in self.costly:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec and spec.loader:
            spec.loader = _Later(spec.loader)
        return spec


def import_leanly(costly: Collection[str] = COSTLY) -> None:
    """Have the packages `costly` that are imported from now on wait until they are used."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(costly))
