"""What the cover, the control block, the header and the properties of a document say."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DOCUMENT_STATES", "ApprovalLine", "BasisLine", "DocumentInfo", "HistoryLine"]

DOCUMENT_STATES: tuple[str, ...] = ("draft", "in review", "approved", "published", "superseded", "withdrawn")


@dataclass(frozen=True, slots=True)
class BasisLine:
    """The law or standard a document answers to, in the version it was read in; `as_of` is YYYY-MM-DD."""

    title: str
    version: str
    as_of: str


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """An approval of this content: the entry that is it, who signed it and when; `note` such as "no second person"."""

    index: int
    leaf_hash: str
    by: str
    on: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step in the document's life, for the change history: `on` is YYYY-MM-DD, `state` of `DOCUMENT_STATES`."""

    version: str
    state: str
    on: str
    change: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInfo:
    """Everything printed about a document that is not its content.

    `subject` is a system id or ``management-system``; `language` a BCP 47 tag; `checkpoint_time`
    RFC 3339 in UTC and, since a build reads no clock, also the file's dates of creation and change.
    `id` is the document's in its pack, `item` the entry that one made per entry is about, `audience` for
    whom it was built, `known_at` the time whose knowledge it shows when that is not the checkpoint's,
    `history` its earlier versions, oldest first.
    `marking` ("EXAMPLE") stands beside the state on the cover and every page; `rows` are more rows
    for the control block; `notice` says at the foot of the cover what the document is not.

    Raises:
        ValueError: a state that is none of `DOCUMENT_STATES`, or a root of another size.
    """

    title: str
    subtitle: str
    number: str
    version: str
    organisation: str
    subject: str
    basis: tuple[BasisLine, ...]
    origin: str
    checkpoint_size: int
    checkpoint_root: bytes
    checkpoint_time: str
    pack: str
    pack_version: str
    tool_version: str
    language: str = "en"
    state: str = "draft"
    marking: str = ""
    classification: str = "Internal"
    subject_name: str = ""
    subject_version: str = ""
    author: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    notice: str = ""
    id: str = ""
    audience: str = ""
    item: str = ""
    known_at: str = ""
    approvals: tuple[ApprovalLine, ...] = ()
    history: tuple[HistoryLine, ...] = ()

    def __post_init__(self) -> None:
        if self.state not in DOCUMENT_STATES:
            raise ValueError(f"state {self.state!r}, expected one of {', '.join(DOCUMENT_STATES)}")
        if len(self.checkpoint_root) != 32:
            raise ValueError(f"checkpoint root of {len(self.checkpoint_root)} bytes, expected 32")

    @property
    def checkpoint_short(self) -> str:
        """The checkpoint for people: size and the first 8 hex digits of its root."""
        return f"{self.checkpoint_size} / {self.checkpoint_root.hex()[:8]}"
