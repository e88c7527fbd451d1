"""A statement: one CloudEvents 1.0 JSON object, exactly these members, and the digest that names it.

::

    {"specversion":"1.0",
     "id":"0199f1c2-7a00-7c3e-8000-000000000001",      UUIDv7, lower case; never a business number
     "source":"https://bank.example/pipelines/scoring", who says it; with `id` the idempotency key
     "type":"org.aims-ledger.evaluation.v1",            kind and version of its schema
     "subject":"credit-scoring",                        AI system, "management-system" or "ledger"
     "time":"2026-11-23T10:00:00.000000Z",              when it happened
     "ledger":"bank.example/aims/4f1d0c9a8b7e6d5c",     origin of the one ledger it is meant for
     "datacontenttype":"application/json",
     "dataschema":"urn:aims-ledger:schema:evaluation:v1:sha256:<hex>",
     "data":{...}}                                      the body of the kind

It need not be canonical: what was signed is kept as bytes, at most 40,960 of them. A statement is named by
its digest, SHA-256 of those bytes in lower-case hex; references use it, since index and leaf hash do not
exist before the commit. Version 2 of a kind has another `type`; another envelope of attributes would have
another `specversion`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from ledger.encoding import parse_hex
from ledger.errors import FormatError
from ledger.strictjson import parse_strict
from ledger.times import format_instant, parse_instant

MAX_STATEMENT_BYTES: Final = 40_960
MAX_ORIGIN_BYTES: Final = 255
MAX_SUBJECT: Final = 200
MAX_SOURCE: Final = 500
MANAGEMENT_SYSTEM: Final = "management-system"
LEDGER: Final = "ledger"

_TEXTS = ("specversion", "id", "source", "type", "subject", "time", "ledger", "datacontenttype", "dataschema")
_MEMBERS = frozenset((*_TEXTS, "data"))
_texts_of = itemgetter(*_TEXTS)
_TEXT_ONLY = {str}
_TYPE = re.compile(r"org\.aims-ledger\.([a-z][a-z_]{0,63})\.v([1-9][0-9]{0,3})\Z", re.ASCII)
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z", re.ASCII)
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}\Z", re.ASCII)
_SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z", re.ASCII)
_ORIGIN = re.compile(r"[!#-*,-\[\]-~]{1,255}\Z", re.ASCII)


class Statement(NamedTuple):
    """A parsed statement beside the exact bytes it came from.

    A named tuple, since one is made for every entry and a frozen dataclass takes three times as long.
    """

    raw: bytes
    id: str
    source: str
    kind: str
    kind_version: int
    subject: str
    time: int  # microseconds since 1970
    ledger: str
    dataschema: str
    data: Mapping[str, Any]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the statement's bytes (32 bytes)."""
        return sha256(self.raw).digest()

    @property
    def references(self) -> tuple[tuple[str, bytes], ...]:
        """(relation, 32-byte statement digest) of everything the body points at.

        Its `references` in order, then its member `statement` where the kind has one: an approval approves it.
        """
        listed = [(r["rel"], bytes.fromhex(r["statement"])) for r in self.data.get("references") or ()]
        if self.data.get("statement") is not None:  # null is as good as absent
            listed.append(("approves" if self.kind == "approval" else "about", bytes.fromhex(self.data["statement"])))
        return tuple(listed)


def format_statement(
    *,
    id: str,
    source: str,
    kind: str,
    subject: str,
    time: int,
    ledger: str,
    dataschema: str,
    data: Mapping[str, Any],
    kind_version: int = 1,
) -> bytes:
    """The bytes to sign, which `parse_statement` accepts.

    Raises:
        FormatError: for attributes or values that `parse_statement` would refuse.
    """
    members = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": f"org.aims-ledger.{kind}.v{kind_version}",
        "subject": subject,
        "time": format_instant(time),
        "ledger": ledger,
        "datacontenttype": "application/json",
        "dataschema": dataschema,
        "data": data,
    }
    try:
        raw = orjson.dumps(members)
    except (orjson.JSONEncodeError, TypeError) as error:
        raise FormatError("statement", str(error), "JSON values") from error
    # Writing is kinder than reading: NaN becomes null and a date text, which is not what would be signed for.
    if parse_statement(raw).data != data:
        raise FormatError("statement: data", "a value that does not come back the same", "JSON values")
    return raw


def parse_statement(raw: bytes) -> Statement:
    """The statement in `raw`; its body is checked for being an object only (kinds check the rest).

    Raises:
        FormatError: for anything but exactly the members of the module's docstring.
    """
    return _from_event(raw, parse_strict(raw, "statement", max_bytes=MAX_STATEMENT_BYTES))


def read_attributes(raw: bytes) -> Statement:
    """As `parse_statement`, with a faster parser that overlooks what only strict JSON refuses (names twice).

    For judging signatures and keys over bytes that the door has parsed strictly before; both parsers keep the
    last of two equal names, so they can't disagree about what is judged.

    Raises:
        FormatError: if it is not JSON, or the attributes are not those of a statement.
    """
    try:
        return _from_event(raw, orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        raise FormatError("statement", str(error), "one JSON object") from error


def _from_event(raw: bytes, event: Any) -> Statement:
    if not isinstance(event, dict) or event.keys() != _MEMBERS:
        raise FormatError("statement", _difference(event), f"exactly the members {', '.join(sorted(_MEMBERS))}")
    texts = _texts_of(event)
    if set(map(type, texts)) != _TEXT_ONLY:
        name, text = next((name, text) for name, text in zip(_TEXTS, texts, strict=True) if type(text) is not str)
        raise FormatError(f"statement: {name}", type(text).__name__, "a string")
    version, id_, source, type_, subject, time, ledger, content, schema = texts
    if version != "1.0" or content != "application/json":
        raise FormatError(
            "statement: specversion and datacontenttype", f"{version} and {content}", "1.0 and application/json"
        )
    kind, kind_version = _read_names(type_, source, subject, ledger)
    if not _UUID7.match(id_):
        raise FormatError("statement: id", id_, "a lower-case UUIDv7")
    data = event["data"]
    if type(data) is not dict:
        raise FormatError("statement: data", type(data).__name__, "an object")
    # By place: one is made for every entry, and names take a third of the time more.
    when = parse_instant(time, "statement: time")
    return Statement(raw, id_, source, kind, kind_version, subject, when, ledger, schema, data)


@lru_cache(maxsize=1024)  # a pipeline says the same of thousands of statements
def _read_names(type_: str, source: str, subject: str, ledger: str) -> tuple[str, int]:
    """Kind and version in a type, if the other names are well-formed too."""
    kind = _TYPE.match(type_)
    if not kind:
        raise FormatError("statement: type", type_, "org.aims-ledger.<kind>.v<N>")
    if not _SOURCE.match(source) or len(source) > MAX_SOURCE:
        raise FormatError("statement: source", source, f"an ASCII URI of at most {MAX_SOURCE} characters")
    if not _SUBJECT.match(subject):
        raise FormatError(
            "statement: subject", subject, "1 to 200 letters, digits and . _ : -, first a letter or digit"
        )
    check_origin(ledger)
    return kind[1], int(kind[2])


def check_origin(origin: str) -> str:
    """`origin` itself, if it can name a ledger and a checkpoint key (C2SP: no spaces, no ``+``).

    Raises:
        FormatError: otherwise.
    """
    if not _ORIGIN.match(origin):
        expected = "1 to 255 printable ASCII characters but space, plus, double quote and backslash"
        raise FormatError("origin", origin, expected)
    return origin


def id_bytes(statement_id: str) -> bytes:
    """The 16 bytes of a statement's id; UUIDv7 begins with its time, so new ids sort last."""
    return parse_hex(statement_id.replace("-", ""), 16, "statement: id")


def _difference(event: object) -> str:
    if not isinstance(event, dict):
        return f"a {type(event).__name__}"
    missing, unknown = sorted(_MEMBERS - event.keys()), sorted(event.keys() - _MEMBERS)
    return "; ".join(
        part
        for part in (
            f"missing {', '.join(missing)}" * bool(missing),
            f"unknown {', '.join(unknown)}" * bool(unknown),
        )
        if part
    )
