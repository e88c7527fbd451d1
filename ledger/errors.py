"""Every error the ledger raises on purpose, as one tree.

::

    AimsError                    catch this one
    ├── BadInput                 refused; nothing was stored                      exit 2
    │   ├── FormatError          bytes that are not what the format says
    │   ├── SchemaError          a body that its kind's schema does not allow
    │   ├── Refused              well-formed, but the ledger's rules say no
    │   └── Conflict             same source and id, other content or signers
    ├── ProofError               a proof, hash or signature does not verify       exit 1
    │   └── UntrustedAuthority   a time stamp by an authority that nobody vouches for here
    ├── StoreError               the store can't be used (missing, newer, full)   exit 2
    │   ├── Damaged              the store's file or a row is not what a writer wrote     exit 1
    │   └── Rollback             the store is older than what was seen or signed  exit 1
    ├── Busy                     another process is at it; nothing was done           exit 3
    ├── Unanswered               a server elsewhere did not answer, or not as agreed   exit 3
    └── OutcomeUnknown           a commit may or may not have happened            exit 3

Caller misuse is ``ValueError`` or ``TypeError``; our own logic being wrong is an
``AssertionError`` that nobody catches.
"""

from __future__ import annotations

__all__ = [
    "AimsError",
    "BadInput",
    "Busy",
    "Conflict",
    "Damaged",
    "FormatError",
    "OutcomeUnknown",
    "ProofError",
    "Refused",
    "Rollback",
    "SchemaError",
    "StoreError",
    "Unanswered",
    "UntrustedAuthority",
]


class AimsError(Exception):
    """The base of every error raised on purpose; `exit_code` is the command line's."""

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        # Much of what is wrong is quoted, and whoever sent it chose the characters.
        super().__init__(_printable(f"{message}; {remedy}" if remedy else message))
        self.remedy = remedy


class BadInput(AimsError):
    """What came in was refused at the door; nothing was stored."""


class FormatError(BadInput):
    """Bytes are not what their format demands."""

    def __init__(self, what: str, found: str, expected: str, *, remedy: str = "") -> None:
        super().__init__(f"{clip(what, 300)}: found {clip(found)}, expected {clip(expected, 400)}", remedy=remedy)
        self.what, self.found, self.expected = what, found, expected


class SchemaError(BadInput):
    """A body is not allowed by the schema of its kind."""

    def __init__(self, kind: str, place: str, problem: str) -> None:
        super().__init__(f"{kind}: {place or 'body'}: {problem}", remedy=f"'aims schema {kind}' prints what is allowed")
        self.kind, self.place, self.problem = kind, place, problem


class Refused(BadInput):
    """A well-formed statement that the ledger's rules do not let in; `rule` is a stable word."""

    def __init__(self, rule: str, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.rule = rule


class Conflict(BadInput):
    """The same source and id are in the ledger with other content or other signers."""

    def __init__(self, source: str, statement_id: str, index: int, difference: str) -> None:
        super().__init__(
            f"statement {statement_id} of {source}: entry {index} has the same source and id "
            f"but {difference}, expected the same bytes and signers",
            remedy="a new fact needs a new id; a retry must send the very same envelope",
        )
        self.source, self.statement_id, self.index = source, statement_id, index


class ProofError(AimsError):
    """A hash, proof or signature does not verify."""

    exit_code = 1


class UntrustedAuthority(ProofError):
    """A time stamp that may be genuine, by an authority that no given root vouches for."""

    def __init__(self, authority: str, problem: str) -> None:
        super().__init__(
            f"time stamp by {clip(authority)}: {problem}", remedy="name the authority's root with --timestamp-roots"
        )
        self.authority, self.problem = authority, problem


class StoreError(AimsError):
    """The store can't be used as asked; nothing was changed."""


class Damaged(StoreError):
    """The store's file, a table or a row is not what any writer of ours wrote."""

    exit_code = 1


class Rollback(StoreError):
    """The store is older than, or differs from, what was seen or signed before."""

    exit_code = 1


class Busy(AimsError):
    """Another process is doing the same; nothing was done here."""

    exit_code = 3


class Unanswered(AimsError):
    """A server elsewhere could not be asked, or did not answer as agreed; asking again later may help."""

    exit_code = 3

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}", remedy="ask again later")
        self.what, self.problem = what, problem


class OutcomeUnknown(AimsError):
    """The commit was sent and its answer never came; ask again with the same envelopes."""

    exit_code = 3


def clip(text: str, limit: int = 80) -> str:
    """`text` as one printable line of at most `limit` characters, safe for a terminal."""
    shown = _printable(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
