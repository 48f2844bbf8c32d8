"""Many people at once: `python -m benchmarks.load DOCUMENTS --out load --minutes 5`, the table of docs/performance.md.

Indexes a folder of documents with a thousand facts planted beside them, begins `rag serve`, and has 50 people ask it,
each one question after another, for one of the facts. Every answer is looked at for its own fact, and for another's.
Printed are answers a second, their times, what was not answered, and how the server's memory grew after the first
minute. `--upload 1000` has a thousand more documents indexed meanwhile. `--system` names another server to put the same
questions to, or Footnote's search alone; of passages, a fact may stand in any of the best five. `--peers` is the
interpreter that has the others (`make bench-peers`). Run it alone, on the machine that is meant.
"""

import argparse
import asyncio
import random
import shutil
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.load_systems import Ask, BusyError, System, own, peer
from benchmarks.measuring import memory
from rag.config import Config

FACTS = 1000
SEED = 24
OTHER = "load-uploads"
LOOKED_EVERY_SECONDS = 5
WARM_SECONDS = 60
"""After which memory is to stay as it is."""

_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()  # noqa: SIM905


@dataclass(frozen=True)
class Fact:
    """What one of the planted sentences says."""

    name: str
    value: str

    @property
    def sentence(self) -> str:
        """As a document says it."""
        return f"The lighthouse of {self.name} stands {self.value} metres above the sea."

    @property
    def question(self) -> str:
        """As somebody asks for it."""
        return f"How many metres above the sea does the lighthouse of {self.name} stand?"


@dataclass
class Seen:
    """What the people saw."""

    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the beginning, and megabytes."""


def facts() -> list[Fact]:
    """The planted facts, no two of a name or a value."""
    chance = random.Random(SEED)
    names = set()
    while len(names) < FACTS:
        names.add("".join(chance.sample(_SYLLABLES, 4)).capitalize())
    values = chance.sample(range(10_000, 100_000), FACTS)
    return [Fact(name, f"{value / 100:.2f}") for name, value in zip(sorted(names), values, strict=True)]


def write_documents(documents: Path, folder: Path) -> None:
    """Put the facts beside the documents, all in one folder."""
    shutil.copytree(documents, folder)
    for number, fact in enumerate(facts()):
        (folder / f"planted-{number:04}.txt").write_text(f"{fact.sentence}\n", encoding="utf-8")


async def person(ask: Ask, planted: list[Fact], seen: Seen, until: float, number: int) -> None:
    """Ask one question after another, and look at each answer."""
    chance = random.Random(number)
    others = {fact.value for fact in planted}
    while time.monotonic() < until:
        fact = chance.choice(planted)
        began = time.monotonic()
        try:
            told = await ask(fact.question)
        except BusyError as busy:
            seen.outcomes[str(busy)] += 1
            await asyncio.sleep(busy.seconds)
            continue
        except Exception as error:
            seen.outcomes[type(error).__name__] += 1
            continue
        seen.seconds.append(time.monotonic() - began)
        if fact.value in told.text:
            seen.outcomes["right"] += 1
        elif told.is_refused:
            seen.outcomes["refused"] += 1
        else:
            is_anothers = any(value in told.answer for value in others)
            seen.outcomes["another's fact" if is_anothers else "something else"] += 1


async def watch(process: int, seen: Seen, until: float) -> None:
    """Note the memory of the server now and then."""
    began = time.monotonic()
    while time.monotonic() < until:
        seen.memory.append((time.monotonic() - began, memory("RssAnon", process)))
        await asyncio.sleep(LOOKED_EVERY_SECONDS)


async def upload(address: str, count: int) -> str:
    """Have so many documents indexed, in another collection; how long it took, for a person."""
    async with httpx.AsyncClient(base_url=address, timeout=600) as client:
        return await _uploaded(client, count)


async def _uploaded(client: httpx.AsyncClient, count: int) -> str:
    chance = random.Random(SEED)
    words = [" ".join("".join(chance.sample(_SYLLABLES, 3)) for _ in range(300)) for _ in range(count)]
    await client.post("/v1/collections", json={"name": OTHER})
    files = [("files", (f"{number:04}.txt", f"{text}.\n".encode())) for number, text in enumerate(words)]
    began = time.monotonic()
    taken = await client.post("/v1/documents", params={"collection": OTHER}, files=files)
    taken.raise_for_status()
    while True:
        update = (await client.get("/v1/documents", params={"collection": OTHER})).json()["update"]
        if update["state"] not in ("running", "stopping"):
            return f"{count} documents {update['state']} after {time.monotonic() - began:.0f} s"
        await asyncio.sleep(LOOKED_EVERY_SECONDS)


async def measure(
    system: System, address: str, process: int, people: int, minutes: float, uploads: int
) -> tuple[Seen, str]:
    """What so many people see, and what became of the upload."""
    seen, planted = Seen(), facts()
    async with AsyncExitStack() as open_ways:
        asks = [await open_ways.enter_async_context(system.ask(address)) for _ in range(people)]
        # Nothing is cold.
        await person(asks[0], planted, Seen(), time.monotonic() + 2, -1)
        until = time.monotonic() + 60 * minutes
        beside = asyncio.create_task(upload(address, uploads)) if uploads else None
        await asyncio.gather(
            watch(process, seen, until),
            *(person(ask, planted, seen, until, number) for number, ask in enumerate(asks)),
        )
        return seen, await beside if beside else ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--upload", type=int, default=0)
    parser.add_argument("--port", type=int, default=7998)
    systems = ["footnote", "footnote_search", "llama_index_tutorial", "haiku_rag"]
    parser.add_argument("--system", choices=systems, default="footnote")
    parser.add_argument("--peers", default=".venv-peers/bin/python")
    given = parser.parse_args()
    config = Config(index_dir=given.out / "indexes", data_dir=given.out / "data")
    shutil.rmtree(config.data_dir, ignore_errors=True)
    shutil.rmtree(config.index_folder(OTHER), ignore_errors=True)
    if not (folder := given.out / "documents").exists():
        write_documents(given.documents, folder)
    is_own = given.system.startswith("footnote")
    system = (
        own(config, given.port, only_searched=given.system == "footnote_search")
        if is_own
        else peer(given.system, given.peers, given.out, given.port)
    )
    system.fill(folder)
    with system.begin() as (address, process):
        seen, uploaded = asyncio.run(measure(system, address, process, given.people, given.minutes, given.upload))
    seconds = sorted(seen.seconds)
    warm = [megabytes for at, megabytes in seen.memory if at >= WARM_SECONDS] or [seen.memory[-1][1]]
    print(f"{given.system}, {len([*folder.iterdir()]):,} files, {given.people} people, {given.minutes} min")
    p50, p95 = seconds[len(seconds) // 2], seconds[int(0.95 * len(seconds))]
    print(f"answers a second: {len(seconds) / 60 / given.minutes:.1f}")
    print(f"p50 {p50:.2f} s, p95 {p95:.2f} s, {seconds[-1]:.2f} s at most")
    print(", ".join(f"{name}: {count}" for name, count in seen.outcomes.most_common()))
    print(f"memory {warm[0]:.0f} MB after a minute, {warm[-1]:.0f} MB at the end ({warm[-1] / warm[0] - 1:+.1%})")
    if uploaded:
        print(uploaded)


if __name__ == "__main__":
    main()
