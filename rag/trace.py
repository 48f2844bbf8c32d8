"""Traces of what LlamaIndex's parts do, sent to an OpenTelemetry collector or printed, where a setting asks for it."""

from functools import lru_cache

from rag.errors import ConfigError

CONSOLE = "console"
SERVICE = "footnote-rag"


@lru_cache
def start_tracing(where: str | None) -> None:
    """Send spans to the collector at the address `where`, or to standard error; once a process. Raises ConfigError."""
    if not where:
        return
    if where != CONSOLE and not where.startswith(("http://", "https://")):
        raise ConfigError(f"trace: {where!r} is neither {CONSOLE} nor an address such as http://127.0.0.1:4318.")
    try:
        from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
    except ImportError:
        raise ConfigError("trace needs more packages: pip install 'footnote-rag[trace]'") from None
    import sys

    provider = TracerProvider(resource=Resource({SERVICE_NAME: SERVICE}))
    if where == CONSOLE:
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
    else:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{where.rstrip('/')}/v1/traces")))
    LlamaIndexInstrumentor().instrument(tracer_provider=provider)
