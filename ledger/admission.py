"""The rules at the door, in one place: the append path and verification both call these functions.

`read_line` does all that needs no ledger (size, strict JSON, schema, disclosures); `judge` what depends on
keys and policy at one place of the ledger. Both are pure; signatures are checked by `check_signatures`,
apart, since that is the costly part and can run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.authority import GO_ON_ELSEWHERE, Authority, apply_state_entry, create_authority, waives_self_approval
from ledger.disclosure import Disclosure, open_disclosures
from ledger.encoding import parse_base64, parse_base64url
from ledger.entry import SignedBy
from ledger.envelope import MAX_SIGNATURE_TEXT, Envelope, parse_envelope
from ledger.errors import FormatError, ProofError, Refused
from ledger.kinds import KINDS, dataschema, erasable_paths, validate_body
from ledger.policy import STATE_KINDS
from ledger.signing import key_id, parse_spki, verify
from ledger.statement import LEDGER, MAX_STATEMENT_BYTES, Statement, parse_statement
from ledger.strictjson import parse_strict

MAX_CLOCK_AHEAD: Final = 300 * 1_000_000  # microseconds that a statement may lie ahead of the ledger's clock
# payload base64 (4/3) + signatures + disclosures of the same order as the payload, with room for syntax
MAX_LINE_BYTES: Final = 3 * MAX_STATEMENT_BYTES + MAX_SIGNATURE_TEXT + 8_192


@dataclass(frozen=True, slots=True)
class Line:
    """One append line, read and valid by itself."""

    envelope: Envelope
    members: Mapping[str, Any]  # the envelope as JSON members, as they go into the leaf
    statement: Statement
    disclosures: tuple[tuple[bytes, Disclosure], ...]  # (32-byte digest, disclosure)


def read_line(raw: bytes) -> Line:
    """The append line ``{"envelope":{...},"disclosures":[...]}``; disclosures may be left out.

    Raises:
        FormatError, SchemaError: saying what, where and what was expected.
    """
    members = parse_strict(raw, "append line", max_bytes=MAX_LINE_BYTES)
    if not isinstance(members, dict) or not {"envelope"} <= members.keys() <= {"envelope", "disclosures"}:
        found = ", ".join(sorted(members)) if isinstance(members, dict) else type(members).__name__
        raise FormatError("append line", found, "the members envelope and, if any, disclosures")
    texts = members.get("disclosures", [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise FormatError("append line: disclosures", "something else", "a list of strings")
    envelope = parse_envelope(members["envelope"])
    statement = parse_statement(envelope.payload)
    return Line(envelope, members["envelope"], statement, check_body(statement, texts))


def check_body(statement: Statement, texts: Sequence[str]) -> tuple[tuple[bytes, Disclosure], ...]:
    """The disclosures of a new statement with their digests, after the body passed its schema.

    Digests and disclosures must match one to one, name members erasable at their place, and the body must
    be valid with and without them.

    Raises:
        SchemaError, FormatError, Refused: otherwise.
    """
    check_schema(statement)
    if not texts and not may_have_digests(statement):
        return ()
    disclosures = tuple(Disclosure(text) for text in texts)
    try:
        opened, unresolved, matched = open_disclosures(statement.data, disclosures)
    except ProofError as error:
        raise Refused("disclosure", str(error), remedy="send the disclosures that were made with this body") from error
    if unresolved:
        raise FormatError("disclosures", f"{len(unresolved)} digest(s) without a value", "one for each digest in _sd")
    validate_body(statement.kind, opened)
    allowed = erasable_paths(statement.kind, opened)
    for pointer in matched.values():
        if pointer not in allowed:
            raise FormatError("disclosures", pointer, "a member that the schema marks as erasable")
    return tuple((parse_base64url(d.digest), d) for d in disclosures)


def open_stored(statement: Statement, disclosures: Sequence[Disclosure]) -> Mapping[str, str]:
    """Digest -> container of the erasable members of a stored statement that have no disclosure any more.

    Raises:
        SchemaError, FormatError, ProofError, Refused: the disclosures that there are do not open a valid body.
    """
    opened, unresolved, matched = open_disclosures(statement.data, disclosures)
    if not unresolved:
        check_body(statement, [d.text for d in disclosures])
        return unresolved
    validate_body(statement.kind, opened)
    allowed = erasable_paths(statement.kind, opened)
    for pointer in matched.values():
        if pointer not in allowed:
            raise FormatError("disclosures", pointer, "a member that the schema marks as erasable")
    return unresolved


def may_have_digests(statement: Statement) -> bool:
    """Whether the body may have an ``_sd``; cheap, and true for some bodies without one.

    The name can be written with escapes, so bytes with any ``\\u`` have to be looked at closely.
    """
    return b'"_sd"' in statement.raw or b"\\u" in statement.raw


def check_schema(statement: Statement) -> None:
    """Return if the statement's kind is known, its frozen schema the one we have, its body valid.

    Raises:
        SchemaError, Refused: otherwise.
    """
    if statement.kind not in KINDS or statement.kind_version != 1:
        raise Refused(
            "unknown kind",
            f"statement: kind {statement.kind}.v{statement.kind_version}, expected one of this version's kinds",
            remedy="'aims schema' lists them",
        )
    expected = dataschema(statement.kind)
    if statement.dataschema != expected:
        raise FormatError("statement: dataschema", statement.dataschema[-72:], expected)
    if (statement.kind in STATE_KINDS) != (statement.subject == LEDGER):
        raise Refused(
            "subject",
            f"statement: subject {statement.subject!r} with kind {statement.kind}; "
            f"'{LEDGER}' is the subject of {' and '.join(sorted(STATE_KINDS))} entries and of no other",
            remedy="name the AI system, or 'management-system'",
        )
    validate_body(statement.kind, statement.data)
    for pointer in erasable_paths(statement.kind, statement.data):
        raise Refused(
            "erasable in clear",
            f"{statement.kind}: {pointer} stands in clear, expected its digest in _sd and a disclosure",
            remedy="the SDK and 'aims record' seal it; a value in a leaf could never be erased",
        )


def check_signatures(envelope: Envelope, public_key: Callable[[str], bytes]) -> None:
    """Return if every signature verifies.

    Raises:
        ProofError: for the first that does not; `public_key` may raise for a key it does not know.
    """
    message = envelope.signed_bytes
    for signature in envelope.signatures:
        verify(public_key(signature.keyid), signature.sig, message)


def judge(
    authority: Authority,
    index: int,
    statement: Statement,
    keyids: Sequence[str],
    signers_of: Callable[[bytes], frozenset[str]],
) -> tuple[SignedBy, ...]:
    """Who signed, if they may: keys in force, source, roles, number of principals, nobody approves their own.

    `signers_of` gives the principals that signed the statement with a digest; it is asked for approvals only.

    Raises:
        Refused: with the rule that says no.
    """
    if statement.ledger != authority.origin:
        raise Refused(
            "other ledger",
            f"statement: is meant for ledger {statement.ledger}, expected {authority.origin}",
            remedy="a statement is signed for one ledger; record the fact again for this one",
        )
    if authority.closed_at is not None and index > authority.closed_at:
        raise Refused(
            "closed", f"ledger: closed by entry {authority.closed_at}, nothing can follow", remedy=GO_ON_ELSEWHERE
        )
    policy = authority.policy_at(index)
    allowed = policy.roles_for(statement.kind)
    newcomer = new_key(statement)
    receives = statement.data["principal"] if newcomer else None
    signed = []
    source_is_theirs = False
    for keyid in keyids:
        if keyid == newcomer:
            continue
        key = authority.key_at(keyid, index)
        source_is_theirs = source_is_theirs or statement.source in key.sources
        if not key.roles.intersection(allowed) and key.principal != receives:  # who receives a key may agree to it
            raise Refused(
                "role not allowed",
                f"{statement.kind}: signed by {key.principal} as {', '.join(sorted(key.roles))}, "
                f"expected {' or '.join(allowed)}",
                remedy="the policy says which role may sign which kind",
            )
        signed.append(SignedBy(keyid, key.principal, tuple(sorted(key.roles))))
    if not source_is_theirs:
        raise Refused(
            "source not allowed",
            f"statement: source {statement.source} is not among the sources of {_names(signed)}",
            remedy="a key's enrolment lists the sources it may speak for",
        )
    principals = frozenset(s.principal for s in signed)
    needed = policy.principals_for(statement.kind)
    if len(principals) < needed:
        raise Refused(
            "too few principals",
            f"{statement.kind}: signed by {len(principals)} principal(s), expected {needed} different ones",
            remedy="two keys of one principal count once",
        )
    if statement.kind == "approval" and not waives_self_approval(policy):
        _check_not_own(statement, principals, signers_of)
    if statement.kind == "erasure" and statement.data["approved_by"] not in principals:
        raise Refused(
            "approver",
            f"erasure: approved_by {statement.data['approved_by']} did not sign it",
            remedy="let the approver sign it too",
        )
    return tuple(signed)


def advance(authority: Authority | None, index: int, statement: Statement, keyids: Sequence[str]) -> Authority:
    """The state after an entry that was judged; entry 0 creates it.

    Raises:
        Refused, FormatError: if a `ledger` or `key` entry may not become state.
    """
    if authority is None:
        if index != 0 or statement.kind != "ledger" or statement.data.get("action") != "created":
            raise Refused(
                "genesis",
                f"entry {index}: {statement.kind}, expected entry 0 to create the ledger",
                remedy="create it with 'aims init'",
            )
        return create_authority(statement.ledger, statement.data, keyids)
    if statement.kind not in STATE_KINDS:
        return authority
    return apply_state_entry(authority, index, statement.kind, statement.data, keyids)


def judge_genesis(line: Line) -> None:
    """Return if `line` may be entry 0.

    Raises:
        Refused, FormatError: otherwise.
    """
    keyids = [s.keyid for s in line.envelope.signatures]
    authority = advance(None, 0, line.statement, keyids)
    judge(authority, 0, line.statement, keyids, lambda _: frozenset())


def new_key(statement: Statement) -> str | None:
    """The keyid that a `key` entry enrols and that signs its own enrolment."""
    if statement.kind == "key" and statement.data["action"] in ("enrolled", "rotated"):
        keyid: str = statement.data["keyid"]
        return keyid
    return None


def _check_not_own(
    statement: Statement, principals: frozenset[str], signers_of: Callable[[bytes], frozenset[str]]
) -> None:
    for relation, digest in statement.references:
        if relation == "approves" and (own := principals & signers_of(digest)):
            raise Refused(
                "own work",
                f"approval: {', '.join(sorted(own))} signed statement {digest.hex()[:16]}, expected another approver",
                remedy="nobody approves their own, unless the policy waives it visibly",
            )


def _names(signed: Sequence[SignedBy]) -> str:
    return ", ".join(s.principal for s in signed) or "any signer"


def introduced_keys(statement: Statement) -> dict[str, bytes]:
    """Raw public keys by keyid that a `ledger` or `key` statement brings itself: founders' keys, enrolments.

    Raises:
        FormatError: for a key that is not a proper Ed25519 key.
    """
    if statement.kind == "ledger" and statement.data["action"] == "created":
        listed = statement.data["keys"]
    elif new_key(statement):
        listed = [statement.data]
    else:
        return {}
    public_keys = [parse_spki(parse_base64(members["public_key"], "key: public_key")) for members in listed]
    return {key_id(public_key): public_key for public_key in public_keys}
