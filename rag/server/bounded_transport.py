"""What a provider is asked with: an answer without end is left off. Imported only where a provider is."""

from collections.abc import AsyncIterator

import httpx2

MOST_BYTES = 1_000_000


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Gives no more of an answer than MOST_BYTES; raises ReadError beyond."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, as far as it goes."""
        response = await super().handle_async_request(request)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream),
            extensions=response.extensions,
        )


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._stream:  # type: ignore[union-attr]
            read += len(piece)
            if read > MOST_BYTES:
                raise httpx2.ReadError("an answer without end")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()  # type: ignore[union-attr]
