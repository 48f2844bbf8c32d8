"""Coroutines in a thread of their own, since a browser that is driven from this one keeps its loop running here."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_apart(begin: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """What a coroutine gives."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(begin())).result()
