"""How many questions are worked at, wait, and are refused; of all, and of an account; in threads and event loops."""

from collections.abc import Awaitable, Callable
from threading import Event, Thread

import anyio
import pytest

from rag.library.turnstile import BusyError, Turnstile
from tests.loops import run_apart


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def held(turnstile: Turnstile, accounts: list[str], then: Callable[[], Awaitable[None]]) -> None:
    """Have questions of these accounts inside, and do something more."""

    async def run() -> None:
        is_over = anyio.Event()

        async def question(account: str) -> None:
            async with turnstile.turn_of_loop(account):
                await is_over.wait()

        async with anyio.create_task_group() as group:
            for account in accounts:
                group.start_soon(question, account)
            while turnstile.inside.total() < len(accounts):
                await anyio.sleep(0)
            await then()
            is_over.set()
        assert turnstile.inside.total() == 0

    run_apart(run)


def test_what_is_more_than_may_wait_is_told_to_come_again() -> None:
    turnstile = Turnstile(1, 2, 10, 1000, Clock())

    async def one_more() -> None:
        with pytest.raises(BusyError, match="already: 3") as refused:
            async with turnstile.turn_of_loop(""):
                pass
        assert refused.value.seconds == 1
        with pytest.raises(BusyError, match="already: 3"), turnstile.turn(""):
            pass

    held(turnstile, ["", "", ""], one_more)


def test_an_account_leaves_room_for_others() -> None:
    turnstile = Turnstile(4, 10, 2, 1000, Clock())

    async def one_more() -> None:
        with pytest.raises(BusyError, match="of yours that .* already: 2"):
            async with turnstile.turn_of_loop("1"):
                pass
        async with turnstile.turn_of_loop("2"):
            pass

    held(turnstile, ["1", "1"], one_more)


def test_an_account_asks_so_many_times_in_a_minute() -> None:
    clock = Clock()
    turnstile = Turnstile(4, 10, 10, 3, clock)
    for _ in range(3):
        with turnstile.turn("1"):
            clock.now += 10
    with pytest.raises(BusyError, match="3 times within a minute") as refused, turnstile.turn("1"):
        pass
    assert refused.value.seconds == 30
    with turnstile.turn("2"):
        pass
    clock.now += 30
    with turnstile.turn("1"):
        pass


def test_threads_and_loops_come_in_the_order_in_which_they_asked() -> None:
    turnstile = Turnstile(1, 10, 10, 1000, Clock())
    came: list[int] = []
    goes_on = Event()

    def ask(number: int) -> None:
        with turnstile.turn(""):
            came.append(number)
            goes_on.wait()

    async def ask_in_loop(number: int) -> None:
        async with turnstile.turn_of_loop(""):
            came.append(number)

    ways = [ask, lambda number: run_apart(lambda: ask_in_loop(number)), ask, ask]
    threads = [Thread(target=way, args=[number]) for number, way in enumerate(ways)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        while turnstile.inside.total() < number:
            thread.join(0.001)
    assert came == [0]
    goes_on.set()
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3]
    assert turnstile.inside.total() == 0


def test_who_does_not_wait_any_longer_takes_nobodys_place() -> None:
    turnstile = Turnstile(1, 10, 10, 1000, Clock())

    def called_off() -> None:
        raise KeyError

    async def leave() -> None:
        for _ in range(3):
            with pytest.raises(KeyError), turnstile.turn("", called_off):
                pass
            with anyio.move_on_after(0.01):
                async with turnstile.turn_of_loop(""):
                    raise AssertionError
        assert turnstile.inside.total() == 1

    held(turnstile, [""], leave)
    for _ in range(2):
        with turnstile.turn(""):
            pass
