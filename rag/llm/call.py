"""One call to a language model: streamed, tried again after a passing failure, counted, its failures put in words."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from json import JSONDecodeError
from typing import Any

import httpx
from llama_index.core.llms import LLM, ChatMessage, ChatResponse

from rag.answer import Usage
from rag.errors import LanguageModelError, ModelHangsError

FIRST_WAIT = 0.5
LONGEST_WAIT = 10.0
"""Seconds before a call is made again; each time twice as long, or as long as the server asks for."""

_CUT_OFF = {"length", "max_tokens", "content_filter"}
"""What OpenAI's protocol, llama.cpp, Ollama and Anthropic call it."""

_PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 529}

CountTokens = Callable[[str], int]


class ModelConduct:
    """How a language model fared when it was last called, by whatever part of an engine.

    `problem` is None where it answered, `hung_at` where it answered since; that is in seconds of time.monotonic.
    """

    def __init__(self) -> None:
        self.problem: str | None = None
        self.hung_at: float | None = None

    def note(self, error: LanguageModelError | None) -> None:
        """Take note of what came of a call."""
        self.problem = str(error) if error else None
        if error is None:
            self.hung_at = None
        elif isinstance(error, ModelHangsError):
            self.hung_at = time.monotonic()


class ModelCall:
    """A call, and what it took.

    `stream` gives the text so far, which is empty again when a call that broke off is made once more. Closing the
    iterator closes the connection, at which a server stops its work. `usage` holds what was spent until then.
    """

    def __init__(
        self,
        llm: LLM,
        name: str,
        messages: Sequence[ChatMessage],
        retries: int,
        count_tokens: CountTokens,
        conduct: ModelConduct,
        prompts: str = "",
    ) -> None:
        self._llm = llm
        self._conduct = conduct
        self._prompts = prompts
        self._name = name
        self._messages = messages
        self._retries = retries
        self._count_tokens = count_tokens
        self._seconds = 0.0
        self._calls = self._input = self._output = 0
        self._estimated = False
        self._ending = ""

    @property
    def is_cut_off(self) -> bool:
        """Whether the provider says that the text had to end before the model was done."""
        return self._ending in _CUT_OFF

    @property
    def usage(self) -> Usage:
        """What the call has taken so far."""
        return Usage(
            self._name, self._calls, self._input, self._output, round(self._seconds, 3), self._estimated, self._prompts
        )

    def stream(self) -> Iterator[str]:
        """The text so far, each time that there is more of it. Raises LanguageModelError."""
        try:
            yield from self._tries()
        except LanguageModelError as error:
            self._conduct.note(error)
            raise
        self._conduct.note(None)

    def _tries(self) -> Iterator[str]:
        for attempt in range(self._retries + 1):
            try:
                yield from self._once()
                return
            except LanguageModelError:
                raise
            except Exception as error:  # each provider has errors of its own
                if attempt == self._retries or not _is_passing(error):
                    kind = ModelHangsError if _has_hung(error) else LanguageModelError
                    raise kind(_in_words(error, self._name)) from error
                started = time.perf_counter()
                time.sleep(_wait(error, attempt))
                self._seconds += time.perf_counter() - started
                yield ""

    def _once(self) -> Iterator[str]:
        started = time.perf_counter()
        text, last, self._ending = "", None, ""
        responses = None
        try:
            responses = self._llm.stream_chat(list(self._messages))
            for response in responses:
                last = response
                self._ending = _ending(response) or self._ending
                # Some say what is new, some all that there is.
                said = response.message.content if response.delta is None else text + response.delta
                if said and said != text:
                    text = said
                    yield text
        except GeneratorExit:
            if responses is not None:
                responses.close()
            # LlamaIndex's own generators keep the connection open in a cycle of references until that is collected.
            gc.collect()
            raise
        finally:
            self._seconds += time.perf_counter() - started
            self._calls += 1
            self._count(text, last)
        if not text.strip():
            raise LanguageModelError(f"the language model {self._name} said nothing. Ask again, or set another llm.")

    def _count(self, text: str, last: ChatResponse | None) -> None:
        if last is None:
            return
        counted = _tokens(last)
        self._estimated |= counted is None
        asked = "\n".join(str(message.content) for message in self._messages)
        given, said = counted or (self._count_tokens(asked), self._count_tokens(text))
        self._input += given
        self._output += said


def _ending(response: ChatResponse) -> str:
    """Why the text ends, as the provider puts it; empty where it does not say."""
    raw = _as_dict(response.raw)
    choice = _as_dict(next(iter(raw.get("choices") or []), None))
    delta = _as_dict(raw.get("delta"))
    reasons = (choice.get("finish_reason"), raw.get("done_reason"), raw.get("stop_reason"), delta.get("stop_reason"))
    return next((str(reason) for reason in reasons if reason), "")


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else getattr(value, "__dict__", {})


def _tokens(response: ChatResponse) -> tuple[int, int] | None:
    """Tokens in and out as the provider counted them, None where it did not."""
    raw = _as_dict(response.raw)
    usage = _as_dict(raw.get("usage"))
    for found in (response.additional_kwargs, raw, usage):
        for given, said in (
            ("prompt_tokens", "completion_tokens"),
            ("prompt_eval_count", "eval_count"),
            ("input_tokens", "output_tokens"),
        ):
            if isinstance(found.get(given), int) and isinstance(found.get(said), int) and found[given]:
                return found[given], found[said]
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _status(error: BaseException) -> int | None:
    found = (getattr(cause, "status_code", None) for cause in _causes(error))
    return next((status for status in found if isinstance(status, int)), None)


def _is_passing(error: Exception) -> bool:
    """Whether the same call may succeed a little later."""
    status = _status(error)
    if status is not None:
        return status in _PASSING
    if _has_hung(error):
        # Whoever asked has waited long enough, and others wait behind.
        return False
    # The last two are bytes that are no text, and events that are no JSON.
    kinds = (httpx.TransportError, ConnectionError, UnicodeDecodeError, JSONDecodeError)
    return any(isinstance(cause, kinds) for cause in _causes(error)) or _is_reported(error)


def _has_hung(error: Exception) -> bool:
    """Whether nothing came for as long as may be waited; a connection that cannot be made is none that hangs."""
    causes = list(_causes(error))
    is_over_time = any(isinstance(cause, (httpx.TimeoutException, TimeoutError)) for cause in causes)
    return is_over_time and not any(isinstance(cause, httpx.ConnectTimeout) for cause in causes)


def _is_reported(error: BaseException) -> bool:
    """Whether a server told of an error in the midst of its stream, which OpenAI's client gives without a status."""
    return type(error).__name__ == "APIError"


def _wait(error: Exception, attempt: int) -> float:
    """Seconds to wait after the failure of try number `attempt`, from 0."""
    for cause in _causes(error):
        asked: Any = getattr(getattr(cause, "response", None), "headers", {}).get("retry-after", "")
        if str(asked).isdigit():
            return min(float(asked), LONGEST_WAIT)
    return min(FIRST_WAIT * 2.0**attempt, LONGEST_WAIT)


def _in_words(error: Exception, name: str) -> str:
    who, said = f"the language model {name}", " ".join(str(error).split())[:200]
    status = _status(error)
    if status in _BY_STATUS:
        return f"{who} {_BY_STATUS[status]}"
    if status is not None:
        return f"{who} failed with status {status} ({said}). Try again, or look into the server's log."
    causes = list(_causes(error))
    for kinds, words in _BY_KIND:
        if any(isinstance(cause, kinds) for cause in causes):
            return f"{who} {words.format(said=said)}"
    return f"{who} cannot be asked: {said or type(error).__name__}."


_BY_STATUS = {
    401: "refuses the key (401). Check the key in the environment.",
    403: "refuses the key (403). Check the key in the environment.",
    404: "is not known to its server (404). Check the name in llm and the server's address.",
    429: "is asked too often, or its quota is used up (429). Try again later.",
}
_BY_KIND: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (httpx.TimeoutException, TimeoutError),
        "gave no words for as long as llm_timeout allows. Raise it, or look whether the server is busy.",
    ),
    (
        (httpx.ConnectError, ConnectionRefusedError),
        "cannot be reached ({said}). Is its server running, and is its address right?",
    ),
    ((httpx.TransportError, ConnectionError), "broke off in the midst of its answer ({said}). Ask again."),
    ((UnicodeDecodeError,), "sent bytes that are no text. Ask again, or look into the server's log."),
)
