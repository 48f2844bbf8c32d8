"""NOTICE: what of the package is licensed otherwise than the program, and whose data it was made of."""

import re
import tomllib

from rag.models.cross_encoder import WEIGHTS
from tests.conftest import REPOSITORY
from training.reader.sets.table import SETS
from training.verifier.sets.table import SETS as STATEMENTS

NOTICE = (REPOSITORY / "NOTICE").read_text(encoding="utf-8")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CARD = (WEIGHTS / "README.md").read_text(encoding="utf-8")


def test_the_package_names_both_licences_and_comes_with_their_texts() -> None:
    assert PROJECT["license"] == "Apache-2.0 AND CC-BY-SA-4.0"
    assert set(PROJECT["license-files"]) == {"LICENSE", "NOTICE"}
    assert "https://creativecommons.org/licenses/by-sa/4.0/" in NOTICE


def test_every_file_of_weights_is_named() -> None:
    files = [file.relative_to(REPOSITORY).as_posix() for file in WEIGHTS.iterdir() if file.name != "README.md"]
    assert sorted(re.findall(r"rag/models/weights/\S+\.(?:onnx|json)", NOTICE)) == sorted(files)


def test_every_set_that_weights_were_trained_on_is_named_and_every_licence() -> None:
    folders = {file.split("/")[0] for chosen in (*SETS.values(), *STATEMENTS.values()) for file in chosen.files}
    plain = re.sub(r"[-. ]", "", NOTICE).lower()
    assert [folder for folder in sorted(folders) if folder not in plain] == []
    licences = re.findall(r"CC BY(?:-SA)? [34]\.0|ODC-By|MIT|Apache-2\.0|CDLA-Sharing-1\.0|C-UDA 1\.0", CARD)
    assert [licence for licence in sorted(set(licences)) if licence not in NOTICE] == []
