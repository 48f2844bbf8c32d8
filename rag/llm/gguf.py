"""A GGUF file as a language model in this process, through llama.cpp: one question at a time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment
from llama_index.core.llms import ChatMessage, CompletionResponse
from llama_index.llms.llama_cpp import LlamaCPP
from pydantic import PrivateAttr


class GgufModel(LlamaCPP):  # type: ignore[misc]
    """The model of a file, asked in the form of conversation that the file itself describes.

    llama.cpp holds the state of one conversation, so whoever asks meanwhile waits.
    """

    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, file: Path, context_tokens: int, answer_tokens: int) -> None:
        super().__init__(
            model_path=str(file),
            temperature=0.0,
            max_new_tokens=answer_tokens,
            context_window=context_tokens,
            verbose=False,
        )
        if form := _form(self._model.metadata):
            self.messages_to_prompt = form

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The whole of what the model says."""
        with self._lock:
            response: CompletionResponse = super().complete(prompt, formatted, **kwargs)
            return response

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Iterator[CompletionResponse]:
        """What the model says, as it says it."""
        with self._lock:
            yield from super().stream_complete(prompt, formatted, **kwargs)


def _form(metadata: dict[str, Any]) -> Callable[[Sequence[ChatMessage]], str] | None:
    """How a conversation is written for the model, None where its file does not say."""
    template = metadata.get("tokenizer.chat_template")
    if not template:
        return None
    form = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(template)

    def written(messages: Sequence[ChatMessage]) -> str:
        told = [{"role": message.role.value, "content": message.content} for message in messages]
        return form.render(messages=told, add_generation_prompt=True, bos_token="", eos_token="")

    return written
