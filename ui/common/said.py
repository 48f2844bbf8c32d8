"""What the program itself says, of an answer or of what went wrong, in the language of whoever reads it."""

import re
from functools import cache

from rag.answer import SOURCES_DIFFER
from rag.answering.quoting import EMPTY_CELL, MORE_ITEMS, MORE_ROWS, NEWER, NO_ROW, NO_SENTENCE, QUESTION_CUT
from rag.answering.refusal import UNCLEAR
from rag.config import NOT_A_NAME
from rag.engine import OTHER_LANGUAGE
from rag.library.asking import MODEL_RESTS
from rag.library.job import FAILED
from rag.library.library import BUSY, EMPTY, NO_FILES, NO_INDEX, NOT_DELETED, NOT_MADE, NOT_RENAMED, SEEDS_STAY, TAKEN
from rag.library.open_document import FILE_CHANGED, FILE_GONE, NO_PAGES
from rag.library.runs import BAD_NAME, NO_RUN, OTHER_RUN, RUN_BUSY, RUN_TAKEN, UNFINISHED
from rag.library.turnstile import ASKED_TOO_OFTEN, QUEUE_FULL, QUEUE_FULL_OF_YOURS
from rag.library.uploads import NOT_READ, NOT_SAVED, TOO_LARGE, UPLOAD_LOST
from rag.llm.checked_synthesizer import DROPPED, NO_ANSWER_IN_PASSAGES, NOTHING_LEFT, NOTHING_SUPPORTED, WITH_QUOTES
from rag.llm.grounding import CORRECTED, DENIED
from rag.llm.marker_forms import LISTED
from rag.llm.synthesizer import CUT_OFF
from rag.overviews.several_questions import UNANSWERED
from ui.common.texts import translation

SAID = {
    "unclear": UNCLEAR,
    "no_sentence": NO_SENTENCE,
    "no_row": NO_ROW,
    "empty_cell": EMPTY_CELL,
    "no_answer": NO_ANSWER_IN_PASSAGES,
    "differ": SOURCES_DIFFER,
    "question_cut": QUESTION_CUT,
    "newer": NEWER,
    "more_rows": MORE_ROWS,
    "more_items": MORE_ITEMS,
    "dropped": DROPPED,
    "with_quotes": WITH_QUOTES,
    "nothing_supported": NOTHING_SUPPORTED,
    "nothing_left": NOTHING_LEFT,
    "cut_off": CUT_OFF,
    "listed": LISTED,
    "denied": DENIED,
    "corrected": CORRECTED,
    "unanswered": UNANSWERED,
    "other_language": OTHER_LANGUAGE,
    "english": "English",
    "german": "German",
    "not_a_name": NOT_A_NAME,
    "no_index": NO_INDEX,
    "empty": EMPTY,
    "taken": TAKEN,
    "not_made": NOT_MADE,
    "not_deleted": NOT_DELETED,
    "not_renamed": NOT_RENAMED,
    "seeds_stay": SEEDS_STAY,
    "busy": BUSY,
    "no_files": NO_FILES,
    "not_saved": NOT_SAVED,
    "upload_lost": UPLOAD_LOST,
    "not_read": NOT_READ,
    "too_large": TOO_LARGE,
    "failed": FAILED,
    "no_pages": NO_PAGES,
    "file_gone": FILE_GONE,
    "file_changed": FILE_CHANGED,
    "no_run": NO_RUN,
    "run_unfinished": UNFINISHED,
    "run_bad_name": BAD_NAME,
    "run_busy": RUN_BUSY,
    "run_taken": RUN_TAKEN,
    "run_other_run": OTHER_RUN,
    "model_rests": MODEL_RESTS,
    "queue_full": QUEUE_FULL,
    "queue_full_of_yours": QUEUE_FULL_OF_YOURS,
    "asked_too_often": ASKED_TOO_OFTEN,
}
"""Its sentences by the names of their translations, with slots in braces."""


_BEGINS_WITH_A_WORD = re.compile(r"[a-z]+(?:[ ,]|\.?\Z)")


def translated(said: str) -> str:
    """What the program says, translated where it is one of SAID; as it is in the language it is written in."""
    for name, sentence in SAID.items():
        if found := _pattern(sentence).fullmatch(said):
            slots = {slot: translated(value) for slot, value in found.groupdict().items()}
            return translation(f"said.{name}", said, **slots)
    return said


def capital(said: str) -> str:
    """What is said after a colon elsewhere, as a sentence of its own; the name of a file stays as it is."""
    return said[:1].upper() + said[1:] if _BEGINS_WITH_A_WORD.match(said) else said


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """What a sentence matches whatever fills its slots."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(sentence)), re.DOTALL)
