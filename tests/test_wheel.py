"""The wheel, installed as a user would install it, away from the repository."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

ROOMS_OF_EXTRAS = ("rag/cluster/", "rag/store/postgres/")
OF_EXTRAS = {
    "rag/formats/pdf/ocr.py",
    "rag/llm/gguf.py",
    "rag/llm/providers.py",
    "rag/models/multilingual_embedding.py",
    "rag/models/remote_embedding.py",
    "rag/server/bounded_transport.py",
    "rag/server/openid.py",
    "rag/tracing.py",
}
"""Files that import what an extra brings, and name it where it is missing."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(REPOSITORY)],
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("footnote_rag-*.whl")
    return file


def test_the_wheel_holds_the_program_and_the_seeds_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    files = {"rag/cli/__init__.py", "rag/seeds/astana-round-22.md", "rag/evaluate/report/page.html.j2"}
    window = {file.relative_to(REPOSITORY).as_posix() for file in (REPOSITORY / "ui").rglob("*.*") if file.is_file()}
    assert files | {file for file in window if not file.endswith(".pyc")} <= set(names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"rag", "ui"}
    assert {name.split("/")[-1] for name in names if ".dist-info/licenses/" in name} == {"LICENSE", "NOTICE"}


def imports(source: bytes) -> Iterator[str]:
    """Modules that the import statements of a file name, wherever they stand."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def modules(installed: Distribution) -> Iterator[str]:
    """Modules and packages that a distribution brings."""
    for file in installed.files or ():
        names = [*file.parts[:-1], file.name.partition(".")[0]]
        yield from (".".join(names[:count]) for count in range(1, len(names) + 1))


def test_the_wheel_requires_what_it_imports(wheel: Path) -> None:
    (built,) = Distribution.discover(path=[str(wheel)])
    required = [text for text in built.requires or () if "extra ==" not in text]
    brought = {module for text in required for module in modules(distribution(re.match(r"[\w.-]+", text)[0]))}
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if name.endswith(".py") and not name.startswith(ROOMS_OF_EXTRAS)]
        named = {(file, module) for file in files for module in imports(archive.read(file))}
    own = {"rag", "ui", *sys.stdlib_module_names}
    foreign = {(file, module) for file, module in named if module.partition(".")[0] not in own}
    assert len(foreign) > 100
    assert [(file, module) for file, module in foreign if file not in OF_EXTRAS and module not in brought] == []


Install = Callable[[Path, Path], object]


def beside_what_is_there(clean: Path, wheel: Path) -> None:
    """Install it alone, in front of the packages that the tests run with."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(clean)], check=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(clean)}))
    (packages / "there.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    install = [sys.executable, "-m", "pip", "--python", str(clean / "bin" / "python"), "install", "--no-deps"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)


def with_all_that_it_requires(clean: Path, wheel: Path) -> None:
    """Install it as a user would, without what only developers have."""
    subprocess.run([sys.executable, "-m", "venv", str(clean)], check=True)
    install = [str(clean / "bin" / "pip"), "install", "-c", str(REPOSITORY / "constraints.txt")]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)


@pytest.mark.parametrize(
    "install", [beside_what_is_there, pytest.param(with_all_that_it_requires, marks=pytest.mark.nightly)]
)
def test_the_wheel_works_in_an_environment_of_its_own_from_any_folder(
    wheel: Path, model_cache: Path, tmp_path: Path, install: Install
) -> None:
    clean = tmp_path / "clean"
    install(clean, wheel)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "RAG_CACHE_DIR": str(model_cache)}

    def rag(*arguments: str) -> str:
        folder = tmp_path / "elsewhere"
        folder.mkdir(exist_ok=True)
        command = [str(clean / "bin" / "rag"), *arguments]
        return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout

    assert f"indexes    {tmp_path / 'home' / '.local/share/footnote-rag/indexes'}" in rag("where")
    assert "Alexander Lavrentiev" in rag("ask", "Who led the Russian delegation?")
    (tmp_path / "elsewhere" / "q.jsonl").write_text('{"id": 1, "question": "Who led the Russian delegation?"}')
    rag("eval", "q.jsonl", "--out", "run")
    assert "<title>Evaluation of q.jsonl" in (tmp_path / "elsewhere" / "run" / "report.html").read_text("utf-8")
    (tmp_path / "elsewhere" / "indexes").mkdir()
    assert f"indexes    {tmp_path / 'elsewhere' / 'indexes'}" in rag("where")
