"""Config: the one place for settings. Flags win over RAG_* variables, those over rag.toml, that over defaults."""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from rag.errors import ConfigError, IndexFolderError
from rag.text.words import is_utf8

APP_NAME = "footnote-rag"
CONFIG_FILE = Path("rag.toml")
ENVIRONMENT_PREFIX = "RAG_"

READER = "reader"
"""The reranker that is this project's own."""

NO_RERANKER = "none"

FOLDERS = "folders"
"""The store of indexes that needs no server: a folder each."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""What this machine is called by itself."""

NOT_A_NAME = "{name} cannot name an index. Use up to 100 letters, digits, spaces, -, _ and dots, a letter first."

_HOST_NAME = re.compile(r"[\w-]+(\.[\w-]+)*", re.ASCII)
_NOT_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_INDEX_NAME = re.compile(r"\w([\w. -]{0,98}[\w.-])?")


def _usable_folder(folder: Any) -> Path:
    name = str(folder)
    if not name or "\0" in name or not is_utf8(name):
        raise ValueError("not the name of a folder")
    # Unlike Path.expanduser, this leaves an unknown user's home as it stands.
    return Path(os.path.expanduser(name))


def _host_names(names: Any) -> Any:
    """Names of hosts, listed or between commas, as a request names them."""
    listed = names.split(",") if isinstance(names, str) else names
    try:
        found = [str(name).strip().lower().encode("idna").decode() for name in listed if str(name).strip()]
    except UnicodeError:
        found = [""]
    if not all(_HOST_NAME.fullmatch(name) for name in found):
        raise ValueError("not the name of a host, without scheme and port")
    return tuple(found)


def _issuer(address: str) -> str:
    """The address of a provider without a last slash; not one that could be listened in to on its way."""
    try:
        parts = urlsplit(address)
        is_one = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and is_utf8(address)
    except ValueError:
        is_one = False
    if not is_one or any(sign in address for sign in "?# \t\r\n\\") or "/.well-known" in address:
        raise ValueError("not the address of an issuer, such as https://accounts.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("not an address that begins with https://")
    return address.rstrip("/")


def _store(given: SecretStr) -> SecretStr:
    """Where indexes are kept; of an address, a part that is not encoded would be taken for another, and shown."""
    said = given.get_secret_value()
    if said == FOLDERS:
        return given
    scheme, _, rest = said.partition("://")
    if scheme not in ("postgresql", "postgres"):
        raise ValueError(f"neither {FOLDERS} nor an address that begins with postgresql://")
    if rest.count("@") > 1 or "@" in rest.partition("/")[2] or _NOT_ENCODED.search(rest):
        raise ValueError("an address with signs that have to be encoded: @ as %40, / as %2F, % as %25")
    return given


def _text(given: Any) -> Any:
    if isinstance(given, str) and not is_utf8(given):
        raise ValueError("not in UTF-8")
    return given


Utf8 = BeforeValidator(_text)
Issuer = Annotated[str, AfterValidator(_issuer)]
HostNames = Annotated[tuple[str, ...], BeforeValidator(_host_names)]
Folder = Annotated[Path, BeforeValidator(_usable_folder)]


def _user_data_dir() -> Path:
    return Path(platformdirs.user_data_dir(APP_NAME))


def _default_index_dir() -> Path:
    here = Path("indexes")
    return here if here.is_dir() else _user_data_dir() / "indexes"


class Config(BaseModel):
    """Every setting, its default and its unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: Annotated[SecretStr, Utf8, AfterValidator(_store)] = Field(
        SecretStr(FOLDERS),
        description="where indexes are kept: folders, in index_dir, or the address of a PostgreSQL database with"
        " pgvector, which several servers may share: postgresql://USER@HOST:PORT/DATABASE (docs/postgres.md)",
    )
    index_dir: Folder = Field(
        default_factory=_default_index_dir,
        description="folder of the indexes: ./indexes where that exists, else in the user's data folder",
    )
    cache_dir: Folder = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir(APP_NAME)),
        description="folder of what can be made again: the exported embedding model",
    )
    data_dir: Folder = Field(
        default_factory=_user_data_dir,
        description="folder of what is made in the chat window: conversations, uploads, question sets, runs",
    )
    embedding: str = Field(
        "default",
        min_length=1,
        description="model that texts are made vectors with: default (English, on this machine), multilingual (a"
        " hundred languages, on this machine), openai/MODEL (any server of its protocol), ollama/MODEL, or the name or"
        " folder of a sentence-transformers model (docs/index.md)",
    )
    max_passage_tokens: int = Field(
        200,
        ge=128,
        le=256,
        description="longest passage, in tokens of the embedding model; where that reads less, as much as it reads",
    )
    max_file_megabytes: int = Field(50, ge=1, le=10_000, description="largest file that is indexed, in MB (10^6 bytes)")
    max_question_characters: int = Field(2000, ge=1, le=1_000_000, description="longest question, in characters")
    candidate_count: int = Field(50, ge=1, le=10_000, description="passages that each ranking proposes")
    rankings: Literal["both", "dense", "lexical"] = Field(
        "both", description="what passages are ranked by: nearness in meaning (dense), words (lexical), or both"
    )
    passage_count: int = Field(10, ge=1, le=1000, description="passages that an answer is looked for in, and shown")
    read_count: int = Field(
        8, ge=1, le=1000, description="passages that the reader reads, the best of both rankings, to rank them anew"
    )
    reranker: str = Field(
        READER,
        min_length=1,
        description="what ranks the passages found: the reader, none (the order of retrieval), or the name or folder of"
        " a sentence-transformers cross-encoder",
    )
    max_answer_sentences: int = Field(4, ge=1, le=10, description="most sentences quoted in one answer")
    refusal_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="least confidence (0 to 1) at which an answer is given: where not set, what `rag calibrate` fitted"
        " for the index, else what was fitted with the reader",
    )
    llm: str | None = Field(
        None,
        description="language model that writes answers, as provider/model: openai (any server of its protocol),"
        " ollama, anthropic or llama-cpp (a GGUF file); none is asked without (docs/llms.md)",
    )
    llm_context_tokens: int | None = Field(
        None, ge=512, description="tokens that the model takes in and gives together, where it does not say so itself"
    )
    llm_answer_tokens: int = Field(512, ge=16, le=100_000, description="most tokens of an answer by the model")
    llm_passages: int = Field(8, ge=1, le=100, description="most passages that the model is given")
    llm_timeout: float = Field(60, gt=0, le=3600, description="seconds to wait for the model's next words")
    llm_retries: int = Field(2, ge=0, le=10, description="times that a call which failed is made again")
    llm_fallback: bool = Field(
        True, description="whether quotes answer where the model cannot be asked, or nothing of its text can be shown"
    )
    llm_if_refused: bool = Field(
        False, description="whether the model is asked although the passages read do not seem to answer"
    )
    unsupported: Literal["mark", "drop", "again"] = Field(
        "mark",
        description="what becomes of a model's sentences that the documents do not support: marked as such, left out,"
        " or the model is asked once more and what is left of them marked",
    )
    prompts: Path | None = Field(None, description="TOML file with prompts in place of those of rag/llm/prompts.py")
    trace: str | None = Field(
        None, description="where to send traces: the address of an OpenTelemetry collector, or console"
    )
    host: str = Field("127.0.0.1", description="address that the chat window listens on")
    allowed_hosts: HostNames = Field(
        (), description="further names under which browsers reach the chat window, such as a proxy's, between commas"
    )
    port: int = Field(7860, ge=1, le=65535, description="port that the chat window listens on")

    login: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="whether rag serve answers to accounts alone (rag user add): auto is yes unless it listens on this"
        " machine alone; yes where a proxy stands before it",
    )
    openid_issuer: Issuer | None = Field(
        None,
        description="address of an OpenID Connect provider that people may log in to rag serve with, as its"
        " /.well-known/openid-configuration names it",
    )
    openid_client_id: Annotated[str, Utf8] = Field("", description="what the provider calls this server")
    openid_client_secret: Annotated[SecretStr, Utf8] = Field(
        SecretStr(""), description="what this server proves that with; better as a variable of the environment"
    )
    openid_new_accounts: bool = Field(
        False,
        description="whether everybody whom the provider knows gets an account, with nothing granted, or only those"
        " linked with rag user link",
    )
    server_at_once: int = Field(4, ge=1, le=1000, description="questions that rag serve works at together")
    server_seconds: float = Field(300, gt=0, description="longest time that rag serve works at a question")
    server_each: int = Field(16, ge=1, le=100_000, description="questions of one account that wait or are worked at")
    server_per_minute: int = Field(120, ge=1, le=1_000_000, description="questions that one account asks in a minute")
    server_waiting: int = Field(64, ge=0, le=100_000, description="questions that wait; more are told to come again")

    def of_engines(self) -> "Config":
        """These settings for another process, wherever it runs: folders in full, and nothing of the server's."""
        of_server = {name for name in type(self).model_fields if name.startswith(("server_", "openid_"))}
        kept = self.model_dump(exclude=of_server | {"login", "host", "port", "allowed_hosts"})
        return Config(**kept | {name: value.absolute() for name, value in kept.items() if isinstance(value, Path)})

    def index_folder(self, name: str) -> Path:
        """The folder of an index. Raises IndexFolderError for a name that is no plain folder name."""
        check_index_name(name)
        return self.index_dir / name


def check_index_name(name: str) -> None:
    """Raise IndexFolderError for what cannot name an index: a plain folder name."""
    if not _INDEX_NAME.fullmatch(name):
        raise IndexFolderError(NOT_A_NAME.format(name=repr(name)))


def seeds_folder() -> Path | None:
    """The documents that come with the project, in a checkout or inside the installed package; None without."""
    package = Path(__file__).resolve().parent
    return next((folder for folder in (package / "seeds", package.parent / "seeds") if folder.is_dir()), None)


def load_config(**flags: Any) -> Config:
    """The Config from flags (None means not given), environment and rag.toml. Raises ConfigError."""
    from_file = _read_file()
    from_environment = {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
    for key in from_file:
        _check_key(key, f"{CONFIG_FILE.absolute()}", key)
    for key in from_environment:
        _check_key(key, "the environment", f"{ENVIRONMENT_PREFIX}{key.upper()}")
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Config(**(from_file | from_environment | given))
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        if key in given:
            where = f"--{key.replace('_', '-')}"
        elif key in from_environment:
            where = f"{ENVIRONMENT_PREFIX}{key.upper()} in the environment"
        else:
            where = f"{key} in {CONFIG_FILE.absolute()}"
        is_secret = Config.model_fields[key].annotation is SecretStr
        given_value = "a secret" if is_secret else repr(first["input"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{where}: {message} (given: {given_value}).") from None


def _read_file() -> dict[str, Any]:
    if not os.path.lexists(CONFIG_FILE):
        return {}
    try:
        if not os.path.isfile(CONFIG_FILE):
            raise OSError("not a file")
        return tomllib.loads(CONFIG_FILE.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError, OSError) as error:
        path = CONFIG_FILE.absolute()
        raise ConfigError(f"{path} cannot be read as TOML: {error}. Correct or remove it.") from None


def _check_key(key: str, where: str, shown: str) -> None:
    if key in Config.model_fields:
        return
    near = difflib.get_close_matches(key, Config.model_fields, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(sorted(Config.model_fields))}."
    raise ConfigError(f"unknown configuration key {shown!r} in {where}. {hint}")
