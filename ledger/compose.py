"""Making what gets appended: a typed body becomes a statement, sealed where erasable, signed, one line of JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ledger.disclosure import Disclosure, seal
from ledger.envelope import format_envelope, sign_envelope
from ledger.errors import FormatError
from ledger.kinds import dataschema, erasable_paths, validate_body
from ledger.signing import Signer
from ledger.statement import format_statement
from ledger.strictjson import canonical
from ledger.uuid7 import new_uuid7

if TYPE_CHECKING:
    from ledger.kinds import Body

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement ready to be signed: its bytes, and the disclosures of its erasable members."""

    payload: bytes
    disclosures: tuple[Disclosure, ...]

    @property
    def digest(self) -> str:
        """What later entries refer to it by (64 hex digits)."""
        return sha256(self.payload).hexdigest()

    def sign(self, signers: Sequence[Signer]) -> bytes:
        """The append line, one line of JSON, signed by each of `signers`."""
        members: dict[str, Any] = {"envelope": format_envelope(sign_envelope(self.payload, signers))}
        if self.disclosures:
            members["disclosures"] = [d.text for d in self.disclosures]
        return canonical(members)


def draft(
    kind: str,
    data: Mapping[str, Any],
    *,
    origin: str,
    source: str,
    subject: str,
    time: int,
    now: int,
) -> Draft:
    """The statement of a body in clear; every erasable member present is sealed with a new 128-bit salt.

    `time` is when it happened and `now` when it is said, both in microseconds since 1970.

    Raises:
        SchemaError, FormatError: if the body or an attribute is not allowed.
    """
    validate_body(kind, data)
    paths = erasable_paths(kind, data)
    disclosures: tuple[Disclosure, ...] = ()
    sealed: Mapping[str, Any] = data
    if paths:
        sealed, disclosures = seal(data, paths, lambda: secrets.token_bytes(_SALT_BYTES))
    payload = format_statement(
        id=new_uuid7(now),
        source=source,
        kind=kind,
        subject=subject,
        time=time,
        ledger=origin,
        dataschema=dataschema(kind),
        data=sealed,
    )
    return Draft(payload, disclosures)


def body_data(body: Body | Mapping[str, Any], kind: str = "") -> tuple[str, dict[str, Any]]:
    """(kind, members) of a typed body, or of plain members whose kind is given.

    Raises:
        ValueError: if plain members come without a kind.
        FormatError: for members that are no JSON object.
    """
    if isinstance(body, Mapping):
        if not kind:
            raise ValueError("members without a type need their kind")
        return kind, dict(body)
    if not hasattr(body, "to_data"):
        raise FormatError("body", type(body).__name__, "a body of ledger.kinds or a mapping")
    return body.kind, body.to_data()
