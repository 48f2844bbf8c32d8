"""Text made harmless for the HTML of the chat window."""

import html

# gr.HTML runs what it is given through two template languages, whose marks are `${`, `{{` and backquotes. A browser
# reads a bare carriage return as a line feed.
_MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in "${}`\r"})


def inert(text: str) -> str:
    """`text` as HTML that shows it and does nothing else."""
    return html.escape(text).translate(_MARKS)
