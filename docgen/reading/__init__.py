"""Word files read back: what people changed in them, and what of it Markdown can say."""

from docgen.reading.changes import Change, Resolution
from docgen.reading.comments import Comment
from docgen.reading.document import ReadDocument, ReadSlot, read_document
from docgen.reading.markdown import to_markdown
from docgen.reading.tidy import tidy
from docgen.reading.words import Problem

__all__ = [
    "Change", "Comment", "Problem", "ReadDocument", "ReadSlot", "Resolution", "read_document", "tidy", "to_markdown",
]  # fmt: skip
