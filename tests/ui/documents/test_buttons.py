from pathlib import Path

import pytest

from rag.build import build_index
from rag.config import Config
from rag.errors import RagError
from rag.library.library import Library
from rag.store.manifest import MANIFEST_FILE
from ui.documents.buttons import told_by_buttons


def test_an_index_that_must_be_built_again_is_built_by_buttons(
    model_cache: Path, documents: Path, tmp_path: Path
) -> None:
    config = Config(cache_dir=model_cache, index_dir=tmp_path / "indexes", data_dir=tmp_path / "data")
    library = Library(config, rewording=told_by_buttons)
    build_index(documents, library.config, "mirror")
    manifest = library.config.index_folder("mirror") / MANIFEST_FILE
    manifest.write_text(manifest.read_text().replace('"format_version": 2', '"format_version": 1'))
    with pytest.raises(RagError, match="older version .*tick “Read every document anew”") as error:
        library.engine("mirror")
    assert "--rebuild" not in str(error.value)
    updating = library.begin_update("mirror", rebuild=True)
    updating.job.wait()
    assert updating.job.result
    assert len(updating.job.result.added) == 2
