"""What the API takes and gives: OpenAI's requests and responses as far as they are spoken here, and our own."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_TAKEN = ConfigDict(extra="forbid")


class TextPart(BaseModel):
    """A part of a message."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of a conversation; what OpenAI's clients put beside role and content says nothing here."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """Its text, all parts of it."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(BaseModel):
    """A question, as OpenAI's chat completions have it.

    `model` is the collection that is asked. What says how a model is to choose its words is taken and has no effect,
    since the words are the documents' own, or those of the model that the server is set to; what would change what
    comes back is refused where it is not spoken here.
    """

    model_config = _TAKEN

    model: str = Field(description="The collection that is asked.")
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    functions: Annotated[list[Any], Field(max_length=0)] | None = None
    logprobs: Literal[False] | None = None
    modalities: list[Literal["text"]] | None = None
    response_format: dict[Literal["type"], Literal["text"]] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None
    metadata: dict[str, Any] | None = None
    store: bool | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    top_logprobs: int | None = None
    verbosity: str | None = None
    prediction: None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None


class EmbeddingRequest(BaseModel):
    """Texts to be made vectors."""

    model_config = _TAKEN

    model: str
    input: str | Annotated[list[str], Field(min_length=1, max_length=2048)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: str | None = None


class SearchRequest(BaseModel):
    """A question for passages."""

    model_config = _TAKEN

    collection: str
    question: str
    k: int = Field(5, ge=1, le=100, description="Number of passages; no more are given than are searched for.")


class CollectionName(BaseModel):
    """The name of a collection."""

    model_config = _TAKEN

    name: str


class EvaluationRequest(BaseModel):
    """Questions for a run, each as a line of a question set."""

    model_config = _TAKEN

    collection: str
    name: str = Field(description="Of the run.")
    questions: list[dict[str, Any]] = Field(
        min_length=1, max_length=10_000, description="As docs/evaluation.md describes the lines of a question set."
    )
