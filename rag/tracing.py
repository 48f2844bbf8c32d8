"""Traces of what LlamaIndex's parts do, sent to an OpenTelemetry collector or printed, where a setting asks for it."""

import sys
from collections.abc import Generator
from functools import lru_cache
from typing import Any, TypeVar

from rag.errors import ConfigError

CONSOLE = "console"
SERVICE = "footnote-rag"

T = TypeVar("T")


@lru_cache
def start_tracing(where: str | None) -> None:
    """Send spans to the collector at the address `where`, or to standard error; once a process. Raises ConfigError."""
    if not where:
        return
    if where != CONSOLE and not where.startswith(("http://", "https://")):
        raise ConfigError(f"trace: {where!r} is neither {CONSOLE} nor an address such as http://127.0.0.1:4318.")
    try:
        from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
    except ImportError:
        raise ConfigError("trace needs more packages: pip install 'footnote-rag[trace]'") from None
    provider = TracerProvider(resource=Resource({SERVICE_NAME: SERVICE}))
    if where == CONSOLE:
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
    else:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{where.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    LlamaIndexInstrumentor().instrument(tracer_provider=provider)


def traced(name: str, steps: Generator[T, Any, Any]) -> Generator[T, None, None]:
    """The steps, what is done for each within one span of this name, where `start_tracing` has been asked for any."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        yield from steps
        return
    from opentelemetry import trace

    span = trace.get_tracer(SERVICE).start_span(name)
    try:
        while True:
            # Left at each step, since the next one may be asked for by another thread.
            with trace.use_span(span):
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step
    finally:
        steps.close()
        span.end()
