"""How long a person waits for the window: first paint, and an answer on the screen, in a real browser.

    python -m benchmarks.window --index papers --questions questions.jsonl

asks the first questions of a set one after another, in a window over an index that is there, and prints the index's
passages, the seconds until the page can be typed into (a new browser each time), the seconds from Enter until the
answer stands there, the memory that is the window's own by then, and how much of a core it takes while it is left
alone. Run it alone: a second busy process changes all figures.
"""

import argparse
import os
import shutil
import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.measuring import memory, serving
from rag.config import load_config
from rag.evaluate.dataset import load_questions
from rag.store.manifest import load_manifest

PAINTS = 5
ALONE_SECONDS = 10
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium-headless-shell"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--index", default="seeds")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--port", type=int, default=7999)
    given = parser.parse_args()
    asked = [question.question for _, question in load_questions(given.questions).questions[: given.count]]
    with (
        serving("chat", "--index", given.index, "--port", str(given.port)) as (address, process),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        paints = [seconds_to_paint(browser, address) for _ in range(PAINTS)]
        answers, held = answered(browser, address, process, asked)
        alone = share_of_core(process)
    passages = load_manifest(load_config().index_folder(given.index)).passages
    tenth = min(9, len(answers) - 1)
    seconds = sorted(answers)
    print(f"{passages:,} passages")
    print(f"first answer: {answers[0]:.2f} s, tenth {answers[tenth]:.2f} s")
    print(f"first paint: median {statistics.median(paints):.2f} s, longest {max(paints):.2f} s of {PAINTS}")
    print(f"answer: median {statistics.median(seconds):.2f} s, p95 {seconds[int(0.95 * (len(seconds) - 1))]:.2f} s")
    print(f"memory: {held[tenth]:.0f} MB after {tenth + 1} questions, {held[-1]:.0f} MB after {len(held)}")
    print(f"left alone: {100 * alone:.1f} % of a core")


def share_of_core(process: int) -> float:
    """How much of a core a process takes for a while, the page open and nothing asked; Linux alone."""
    stat = Path(f"/proc/{process}/stat")

    def taken() -> int:
        return sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13]))

    before = taken()
    time.sleep(ALONE_SECONDS)
    return (taken() - before) / os.sysconf("SC_CLK_TCK") / ALONE_SECONDS


def seconds_to_paint(browser: Browser, address: str) -> float:
    """Seconds until a new visitor can type a question."""
    context = browser.new_context()
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address)
    page.locator("#question").wait_for()
    taken = time.perf_counter() - started
    context.close()
    return taken


def answered(browser: Browser, address: str, process: int, questions: list[str]) -> tuple[list[float], list[float]]:
    """Seconds from Enter until each answer or refusal is shown, each in a conversation of its own; megabytes then."""
    page = browser.new_page()
    page.goto(address)
    page.wait_for_timeout(2000)
    seconds, held = [], []
    for question in questions:
        page.get_by_role("button", name="New conversation").click()
        page.locator("#chat .question").wait_for(state="detached")
        page.locator("#question").fill(question)
        started = time.perf_counter()
        page.keyboard.press("Enter")
        page.locator("#chat .reply:not([aria-busy])").wait_for()
        seconds.append(time.perf_counter() - started)
        page.get_by_role("button", name="Ask", exact=True).wait_for()
        held.append(memory("RssAnon", process))
    return seconds, held


if __name__ == "__main__":
    main()
