"""Documents in the window: uploaded, listed, replaced, removed, and collections made and deleted."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from rag.config import Config
from rag.store.manifest import MANIFEST_FILE
from tests import small_files
from tests.conftest import RunRag
from tests.e2e.persons import (
    ask,
    choose_collection,
    confirm,
    expect_collection,
    new_collection,
    open_tab,
    try_name,
    upload,
    want_collection,
)
from tests.formats.make_pdf import make_pdf, show
from ui.app import HISTORY_FILE

Picture = Callable[[Page, str], None]

PAGES = [
    show([(72, 700, "The annual report of the harbour."), (72, 660, "It was written in the spring.")]),
    show(
        [(72, 700, "The harbour master of Port Ellen is Ann Brodie."), (72, 660, "She has held the office since 2011.")]
    ),
]


def files_of(folder: Path, **contents: bytes | str) -> list[Path]:
    """Files named `name__suffix` with these contents."""
    made = []
    for name, content in contents.items():
        file = folder / name.replace("__", ".")
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        made.append(file)
    return made


def test_a_collection_made_while_the_page_is_still_told_of_the_others_stays_chosen(
    page: Page, chat: str, seeds_config: Config
) -> None:
    with closing(sqlite3.connect(seeds_config.data_dir / HISTORY_FILE)) as alone:
        # The list of conversations, and all that waits for it, comes late.
        alone.executescript("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; PRAGMA user_version = 1;")
        page.goto(chat)
        want_collection(page, "early")
        page.wait_for_timeout(2_000)
    expect(page.locator("#talk-list")).to_contain_text("are listed here")
    expect_collection(page, "early")


def test_documents_of_every_kind_are_uploaded_asked_about_replaced_and_removed(
    page: Page, chat: str, tmp_path: Path, picture: Picture
) -> None:
    page.goto(chat)
    open_tab(page, "Documents")
    new_collection(page, "harbour")
    said = "The lighthouse keeper of Skerry is Morag Finlay."
    files = files_of(
        tmp_path,
        report__pdf=make_pdf(PAGES),
        keeper__docx=small_files.docx(said),
        boats__xlsx=small_files.xlsx("There are 14 boats."),
        talk__pptx=small_files.pptx("The pier is 90 m long."),
        notes__md="# Notes\n\nThe ferry sails at 9:15.\n",
        page__html="<h1>Page</h1><p>The café opens <s>in April</s> in May.</p>",
        tool__exe=b"MZ\x90\x00",
        broken__pdf=b"%PDF-1.4\nnothing",
        empty__txt="",
    )
    upload(page, *files)
    report = page.locator("#indexing .report")
    expect(report).to_contain_text("6 added")
    expect(report.locator("li", has_text="tool.exe")).to_contain_text("Files of the type .exe are not read")
    expect(report.locator("li", has_text="broken.pdf")).to_contain_text("A damaged PDF")
    rows = page.locator("#document-list tbody tr")
    expect(rows.filter(has_text="report.pdf")).to_contain_text("Indexed")
    expect(rows.filter(has_text="page.html")).to_contain_text("1 struck-out passage left out.")
    expect(rows.filter(has_text="broken.pdf")).to_contain_text("Could not be read")
    picture(page, "documents")
    rows.get_by_role("button", name="notes.md", exact=True).click()
    expect(page.locator("#library-document")).to_contain_text("The ferry sails at 9:15.")
    page.get_by_label("Find a document").fill("KEEP")
    expect(rows).to_have_count(1)
    page.get_by_label("Find a document").fill("")

    open_tab(page, "Chat")
    expect(ask(page, "Who is the lighthouse keeper of Skerry?")).to_contain_text("Morag Finlay")
    expect(page.locator("#document #cited")).to_contain_text("Morag Finlay")

    open_tab(page, "Documents")
    upload(page, *files_of(tmp_path, keeper__docx=small_files.docx("The lighthouse keeper of Skerry is Hamish Orr.")))
    expect(report).to_contain_text("1 changed")
    open_tab(page, "Chat")
    expect(ask(page, "Who is the lighthouse keeper of Skerry?")).to_contain_text("Hamish Orr")
    # The earlier answer still says what it quoted, and that its place is gone.
    page.locator("#chat .cite").first.click()
    expect(page.locator("#document")).to_contain_text("has changed since, so that")

    open_tab(page, "Documents")
    page.get_by_role("button", name="Remove keeper.docx").click()
    confirm(page)
    expect(page.locator("#indexing")).to_contain_text("Removed keeper.docx.")
    expect(rows.filter(has_text="keeper.docx")).to_have_count(0)
    open_tab(page, "Chat")
    expect(ask(page, "Who is the lighthouse keeper of Skerry?")).not_to_contain_text("Hamish Orr")


def test_a_pdf_opens_as_its_page_with_boxes_on_the_words(
    page: Page, chat: str, tmp_path: Path, picture: Picture
) -> None:
    page.goto(chat)
    open_tab(page, "Documents")
    new_collection(page, "reports")
    upload(page, *files_of(tmp_path, report__pdf=make_pdf(PAGES)))
    open_tab(page, "Chat")
    ask(page, "Who is the harbour master of Port Ellen?")
    page.locator("#chat .cite").first.click()
    expect(page.locator("#document .place").first).to_contain_text("page 2, report.pdf, characters")
    image, box = page.locator("#document .page img"), page.locator("#document .page .box")
    expect(image).to_have_attribute("alt", "Picture of page 2, the cited words boxed")
    expect(box).to_have_count(1)
    # The line is 700 points above the bottom of a page of 612 x 792 points, and 72 from its left edge.
    # Both at one moment, for the page may be scrolled between two.
    found = "part => document.querySelector(`#document .page ${part}`).getBoundingClientRect().toJSON()"
    on_page, around = page.evaluate(f"() => ['.box', 'img'].map({found})")
    assert abs((on_page["x"] - around["x"]) / around["width"] - 72 / 612) < 0.01
    assert abs((on_page["y"] + on_page["height"] - around["y"]) / around["height"] - (792 - 700) / 792) < 0.01
    expect(page.locator("#document .document #cited")).to_have_text("The harbour master of Port Ellen is Ann Brodie.")
    picture(page, "chat-pdf")


def test_a_collection_that_mirrors_a_folder_keeps_its_hands_off_it(
    page: Page, chat: str, run_rag: RunRag, documents: Path
) -> None:
    assert run_rag("index", "documents", "--index", "mirror").returncode == 0
    page.goto(chat)
    choose_collection(page, "mirror")
    ask(page, "How long is the Rhine?")
    open_tab(page, "Documents")
    expect(page.get_by_text(f"mirrors the folder {documents}")).to_be_visible()
    (documents / "new.md").write_text("# New\n\nThe bridge was opened in 1931.\n")
    (documents / "towns.txt").unlink()
    page.get_by_role("button", name="Bring up to date").click()
    expect(page.locator("#indexing .report")).to_contain_text("1 added, 1 removed, 1 unchanged")
    page.get_by_role("button", name="Remove new.md").click()
    confirm(page)
    expect(page.locator("#document-list tr", has_text="new.md")).to_contain_text("Not indexed")
    expect(page.locator("#document-list tr", has_text="new.md")).to_contain_text(f"lies in {documents}")
    expect(page.get_by_role("button", name="Remove new.md")).to_have_count(0)
    page.get_by_role("button", name="Read new.md now").click()
    expect(page.locator("#document-list tr", has_text="new.md")).to_contain_text(f"From {documents}")
    page.get_by_role("button", name="Remove new.md").click()
    confirm(page)
    expect(page.locator("#document-list tr", has_text="new.md")).to_contain_text("Not indexed")
    upload(page, *files_of(documents.parent, other__md="# Other\n\nElsewhere.\n"))
    expect_collection(page, "my-documents")
    # What is asked of it is no part of the conversation about another.
    open_tab(page, "Chat")
    ask(page, "What is elsewhere?")
    expect(page.locator("#chat .question")).to_have_count(1)
    expect(page.locator("#talk-list .talk").first).to_have_attribute("title", re.compile("– my-documents$"))
    choose_collection(page, "mirror")
    page.locator("#collections").get_by_role("button", name="choose another").click()
    page.get_by_role("button", name="Delete the collection “mirror”").click()
    expect(page.get_by_role("dialog")).to_contain_text("The documents stay in their folder.")
    confirm(page)
    page.locator("#collections").get_by_role("button", name="choose another").click()
    expect(page.locator("#collection-menu").get_by_role("button", name="mirror")).to_have_count(0)
    assert sorted(file.name for file in documents.iterdir()) == ["new.md", "rivers.md"]


def test_indexing_is_stopped_and_questions_are_answered_meanwhile(
    page: Page, chat: str, tmp_path: Path, seeds_config: Config
) -> None:
    page.goto(chat)
    # As much as it takes on this machine for a question to be answered before all is indexed.
    for count in (3_000, 30_000, 300_000):
        name = f"large-{count}"
        open_tab(page, "Documents")
        new_collection(page, name)
        text = "\n\n".join(
            f"# Part {n}\n\nThe {n}th of {count} bridges was opened in {1000 + n}." for n in range(count)
        )
        page.locator("#upload input[type=file]").set_input_files(files_of(tmp_path, large__md=text))
        expect(page.locator("#indexing").locator("progress, .report").first).to_be_visible()
        choose_collection(page, "seeds")
        open_tab(page, "Chat")
        expect(ask(page, "Who led the Russian delegation?")).to_contain_text("Alexander Lavrentiev")
        choose_collection(page, name)
        open_tab(page, "Documents")
        # Where it is over, there is none.
        stop = page.get_by_role("button", name="Stop", exact=True)
        stop.evaluate_all("found => found.forEach((button) => button.click())")
        expect(page.locator("#indexing")).to_contain_text(re.compile(r"Stopped: the index is as it was\.|1 added"))
        if "Stopped" in page.locator("#indexing").inner_text():
            break
    expect(page.locator("#document-list tr", has_text="large.md")).to_contain_text("Not indexed")
    assert not (seeds_config.index_folder(name) / MANIFEST_FILE).exists()


def test_what_could_not_be_read_is_known_after_a_reload_tried_again_and_removed(
    page: Page, chat: str, tmp_path: Path, seeds_config: Config
) -> None:
    page.goto(chat)
    open_tab(page, "Documents")
    new_collection(page, "broken")
    upload(page, *files_of(tmp_path, a__pdf=b"%PDF-1.4\nnothing", b__txt="", c__txt=""))
    expect(page.locator("#indexing .report")).to_contain_text("A damaged PDF")
    page.reload()
    choose_collection(page, "broken")
    open_tab(page, "Documents")
    row = page.locator("#document-list tr", has_text="a.pdf")
    expect(row).to_contain_text("Could not be read")
    expect(row).to_contain_text("A damaged PDF")
    (seeds_config.data_dir / "documents" / "broken" / "b.txt").write_text("The buoy is red.\n")
    page.get_by_role("button", name="Try again to read a.pdf").click()
    expect(page.locator("#indexing .report")).to_contain_text("1 added")
    expect(page.locator("#document-list tr", has_text="b.txt")).to_contain_text("Indexed")
    expect(row).to_contain_text("A damaged PDF")
    # What was wrong before is in the list, and not what came of this.
    upload(page, *files_of(tmp_path, d__txt="The buoy is green.\n"))
    expect(page.locator("#document-list tr", has_text="d.txt")).to_contain_text("Indexed")
    expect(page.locator("#indexing .report")).to_contain_text("1 added, 1 unchanged")
    expect(page.locator("#indexing")).not_to_contain_text("a.pdf")
    page.get_by_role("button", name="Remove a.pdf").click()
    confirm(page)
    expect(page.locator("#document-list tr", has_text="a.pdf")).to_have_count(0)
    assert sorted(file.name for file in (seeds_config.data_dir / "documents" / "broken").iterdir()) == [
        *["b.txt", "c.txt", "d.txt"]
    ]


def test_indexing_goes_on_when_its_page_is_closed_and_is_seen_in_another(page: Page, chat: str, tmp_path: Path) -> None:
    page.goto(chat)
    open_tab(page, "Documents")
    new_collection(page, "closed")
    text = "\n\n".join(f"# Part {n}\n\nThe {n}th bridge was opened in {1000 + n}." for n in range(3_000))
    page.locator("#upload input[type=file]").set_input_files(files_of(tmp_path, large__md=text, empty__md=""))
    expect(page.locator("#indexing").locator("progress, .report").first).to_be_visible()
    other = page.context.new_page()
    page.close()
    other.goto(chat)
    choose_collection(other, "closed")
    open_tab(other, "Documents")
    expect(other.locator("#indexing .report")).to_contain_text("1 added")
    expect(other.locator("#indexing .report")).to_contain_text("empty.md")
    expect(other.locator("#document-list tr", has_text="large.md")).to_contain_text("Indexed")


def test_names_of_collections_and_of_files_cannot_leave_their_folder(page: Page, chat: str, tmp_path: Path) -> None:
    page.goto(chat)
    open_tab(page, "Documents")
    try_name(page, "../out")
    want_collection(page, "seeds")
    expect(page.get_by_text("There is a collection “seeds” already")).to_be_visible()
    new_collection(page, "Straße 7 b")
    payload = {"name": "../../etc/evil.md", "mimeType": "text/markdown", "buffer": b"# Evil\n\nThe gate is open.\n"}
    page.locator("#upload input[type=file]").set_input_files(payload)
    expect(page.locator("#indexing .report")).to_contain_text("1 added")
    expect(page.locator("#document-list tbody th")).to_contain_text(["evil.md"])
