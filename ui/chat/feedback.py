"""What a visitor thinks of an answer: a reason, and a case for a question set out of it."""

from collections.abc import Callable, Sequence

import gradio as gr
from gradio.blocks import Block

from rag.answer import Answer
from rag.errors import RagError
from rag.library.library import Library
from rag.library.rights import own_folder
from ui.chat.conversations import Conversation, Conversations, earlier_questions
from ui.common.cases import add_case
from ui.common.errors import told
from ui.common.events import QUIET, Shown
from ui.common.notices import notice_html, status_html
from ui.common.texts import text
from ui.common.visitor import visitor_of

_REASONS = ("wrong", "citation", "should_refuse", "should_answer")
_NOT_ANSWERABLE = "should_refuse"


class FeedbackForm:
    """The form that asks what is wrong with an answer."""

    def __init__(self, library: Library, conversations: Conversations) -> None:
        self._library = library
        self._conversations = conversations
        self._turn = gr.State(0)
        with gr.Column(visible=False, elem_id="feedback") as self._form:
            self._about = gr.HTML()
            choices = [(text(f"chat.reason_{reason}"), reason) for reason in _REASONS]
            self._reason = gr.Radio(choices, value=_REASONS[0], label=text("chat.reason"))
            self._right = gr.Textbox(label=text("chat.right"), info=text("chat.right_info"), max_lines=3)
            self._comment = gr.Textbox(label=text("chat.comment"), max_lines=3)
            with gr.Row():
                self._cancel = gr.Button(text("app.cancel"), size="sm", elem_id="leave-feedback")
                self._keep = gr.Button(text("chat.keep_feedback"), size="sm")
                self._case = gr.Button(text("chat.add_case"), size="sm", variant="primary")
        self.said = gr.HTML(elem_id="feedback-said")
        self.parts = [self._form, self._about, self._turn, self._right, self._comment, self.said]

    def opened(self, turn: int, question: str) -> Shown:
        """The form for the answer to `question`."""
        about = notice_html(text("chat.feedback_about", question=question))
        return {self._form: gr.update(visible=True), self._about: about, self._turn: turn, self.said: ""}

    def closed(self) -> Shown:
        """No form."""
        return {self._form: gr.update(visible=False), self._right: "", self._comment: "", self.said: ""}

    def listen(
        self, opened: gr.State, collection: gr.State, shown: Sequence[Block], rated: Callable[[Conversation], Shown]
    ) -> None:
        """Keep what is said; `rated` gives what the page shows then."""

        def keep(turn: int, reason: str, comment: str, now: Conversation, request: gr.Request) -> Shown:
            with told():
                after = self._conversations.rated(visitor_of(request), now, turn, "down", reason, comment)
            return rated(after) | self.closed() | {self.said: status_html(text("chat.feedback_kept"))}

        def add(
            turn: int, reason: str, right: str, comment: str, now: Conversation, index: str, request: gr.Request
        ) -> Shown:
            with told():
                said = self._add(turn, reason, right, now, index)
            return keep(turn, reason, comment, now, request) | {self.said: status_html(said)}

        self._cancel.click(self.closed, None, shown, **QUIET)
        self._keep.click(keep, [self._turn, self._reason, self._comment, opened], shown, **QUIET)
        inputs = [self._turn, self._reason, self._right, self._comment, opened, collection]
        self._case.click(add, inputs, shown, **QUIET)

    def _add(self, turn: int, reason: str, right: str, now: Conversation, index: str) -> str:
        """Make a case of a turn; what to tell the visitor. Raises RagError where the right answer is not said."""
        kept = now.turns[turn]
        answers = [line.strip() for line in right.splitlines() if line.strip()]
        is_answerable = reason != _NOT_ANSWERABLE
        if is_answerable and not answers:
            raise RagError(text("chat.right_missing"))
        asked = kept.reply.question if isinstance(kept.reply, Answer) else kept.question
        file = add_case(
            own_folder(self._library.config.data_dir) / "questions",
            index,
            asked,
            earlier_questions(now.turns[:turn]),
            answers if is_answerable else [],
            [],
            is_answerable,
            reason,
        )
        return text("chat.case_added", file=file.name)
