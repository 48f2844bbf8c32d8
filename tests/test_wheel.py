"""The wheel, installed as a user would install it, away from the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


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


def test_the_wheel_works_in_a_clean_environment_from_any_folder(wheel: Path, model_cache: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "RAG_CACHE_DIR": str(model_cache)}
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    clean = tmp_path / "clean"
    subprocess.run([sys.executable, "-m", "venv", str(clean)], check=True)
    install = [str(clean / "bin" / "pip"), "install", "-q", "-c", str(REPOSITORY / "constraints.txt"), str(wheel)]
    subprocess.run(install, check=True, env=os.environ, capture_output=True)

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
