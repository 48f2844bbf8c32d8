"""How many requests are worked at, wait, and are refused; of all, and of an account."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from rag.server.limits import BusyError, Turnstile
from tests.loops import run_apart


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def held(turnstile: Turnstile, accounts: list[str], then: Callable[[], Awaitable[None]]) -> None:
    """Have requests of these accounts inside, and do something more."""

    async def run() -> None:
        is_over = anyio.Event()

        async def request(account: str) -> None:
            async with turnstile.turn(account):
                await is_over.wait()

        async with anyio.create_task_group() as group:
            for account in accounts:
                group.start_soon(request, account)
            while turnstile.inside.total() < len(accounts):
                await anyio.sleep(0)
            await then()
            is_over.set()
        assert turnstile.inside.total() == 0

    run_apart(run)


def test_what_is_more_than_may_wait_is_told_to_come_again() -> None:
    turnstile = Turnstile(1, 2, 10, 1000, Clock())

    async def one_more() -> None:
        with pytest.raises(BusyError, match="3 requests") as refused:
            async with turnstile.turn():
                pass
        assert refused.value.status == 429
        assert refused.value.headers == {"Retry-After": "1"}

    held(turnstile, ["", "", ""], one_more)


def test_an_account_leaves_room_for_others() -> None:
    turnstile = Turnstile(4, 10, 2, 1000, Clock())

    async def one_more() -> None:
        with pytest.raises(BusyError, match="2 requests of yours"):
            async with turnstile.turn("1"):
                pass
        async with turnstile.turn("2"):
            pass

    held(turnstile, ["1", "1"], one_more)


def test_an_account_asks_so_many_times_in_a_minute() -> None:
    clock = Clock()
    turnstile = Turnstile(4, 10, 10, 3, clock)

    async def ask() -> None:
        for _ in range(3):
            async with turnstile.turn("1"):
                clock.now += 10
        with pytest.raises(BusyError, match="3 times within a minute") as refused:
            async with turnstile.turn("1"):
                pass
        assert refused.value.headers == {"Retry-After": "30"}
        async with turnstile.turn("2"):
            pass
        clock.now += 30
        async with turnstile.turn("1"):
            pass

    run_apart(ask)
