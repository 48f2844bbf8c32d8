from pathlib import Path

import platformdirs
import pytest

from rag.config import Config, load_config, seeds_folder
from rag.errors import ConfigError


def test_flags_win_over_environment_and_that_over_the_file(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_folder / "rag.toml").write_text("port = 1\ncandidate_count = 2\nmax_answer_sentences = 2\n")
    monkeypatch.setenv("RAG_PORT", "11")
    monkeypatch.setenv("RAG_CANDIDATE_COUNT", "12")
    config = load_config(port=21, host=None)
    assert (config.port, config.candidate_count, config.max_answer_sentences) == (21, 12, 2)
    assert config.host == "127.0.0.1"


def test_indexes_lie_here_where_there_is_such_a_folder_else_in_the_users_data(own_folder: Path) -> None:
    assert load_config().index_dir == Path(platformdirs.user_data_dir("footnote-rag")) / "indexes"
    (own_folder / "indexes").mkdir()
    assert load_config().index_dir == Path("indexes")


def test_an_unknown_key_in_the_file_is_named(own_folder: Path) -> None:
    (own_folder / "rag.toml").write_text("prot = 1\n")
    with pytest.raises(ConfigError, match=r"'prot' in .*rag\.toml.*'port'"):
        load_config()


def test_an_unknown_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_ZEBRA", "1")
    with pytest.raises(ConfigError, match=r"'RAG_ZEBRA' in the environment.*Known keys: allowed_hosts"):
        load_config()


@pytest.mark.parametrize("text", ["port = ", "port = 'x'\n[a", "\xff", "a = " + "[" * 50_000])
def test_a_file_that_is_no_toml_is_named(own_folder: Path, text: str) -> None:
    (own_folder / "rag.toml").write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"rag\.toml cannot be read"):
        load_config()


def test_an_impossible_value_is_named_with_where_it_stands(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"--port: .*70000"):
        load_config(port=70000)
    (own_folder / "rag.toml").write_text("refusal_threshold = 2\n")
    with pytest.raises(ConfigError, match=r"refusal_threshold in .*rag\.toml"):
        load_config()
    monkeypatch.setenv("RAG_REFUSAL_THRESHOLD", "high")
    with pytest.raises(ConfigError, match="RAG_REFUSAL_THRESHOLD in the environment"):
        load_config()


@pytest.mark.parametrize("make", ["folder", "loop"])
def test_a_settings_file_that_is_no_file_is_named(own_folder: Path, make: str) -> None:
    if make == "folder":
        (own_folder / "rag.toml").mkdir()
    else:
        (own_folder / "rag.toml").symlink_to("rag.toml")
    with pytest.raises(ConfigError, match=r"rag\.toml cannot be read as TOML: not a file"):
        load_config()


def test_folders_may_begin_at_home_and_must_have_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("RAG_INDEX_DIR", "~/indexes")
    assert load_config().index_dir == Path("/home/ann/indexes")
    for name in (".", "~no-such-user/indexes"):
        monkeypatch.setenv("RAG_INDEX_DIR", name)
        assert load_config().index_dir == Path(name)
    for name in ("", "\udcff"):
        monkeypatch.setenv("RAG_INDEX_DIR", name)
        with pytest.raises(ConfigError, match="RAG_INDEX_DIR in the environment: .*not the name of a folder"):
            load_config()


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Config.model_fields.values())


def test_the_seeds_are_found() -> None:
    folder = seeds_folder()
    assert folder
    assert (folder / "questions.jsonl").exists()


def test_what_workers_are_sent_is_nothing_of_the_servers_and_true_wherever_they_run(tmp_path: Path) -> None:
    config = Config(
        index_dir="indexes", openid_client_secret="hidden", server_at_once=9, host="0.0.0.0", max_answer_sentences=7
    )
    sent = config.of_engines()
    assert sent.max_answer_sentences == 7
    assert sent.index_dir == tmp_path / "indexes"
    assert (sent.server_at_once, sent.host, sent.openid_client_secret.get_secret_value()) == (4, "127.0.0.1", "")
