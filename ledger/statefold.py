"""One `ledger` or `key` entry judged by the state before it, for whoever folds the key history from bytes.

Verification of a ledger folds it from the database (`ledger.verifying.keyfold`), that of a bundle from the entries
carried.
"""

from __future__ import annotations

from ledger.admission import advance, check_schema, check_signatures, judge
from ledger.authority import Authority
from ledger.encoding import parse_base64
from ledger.errors import BadInput, FormatError, ProofError, Refused, SchemaError
from ledger.leaf import Leaf
from ledger.policy import ADMIN
from ledger.signing import parse_spki
from ledger.statement import Statement
from ledger.verdicts import Verdict


def judge_state_entry(authority: Authority | None, place: int, leaf: Leaf, statement: Statement) -> Authority:
    """The state after a `ledger` or `key` entry, judged with the state before it; entry 0 creates it.

    Raises:
        SchemaError, FormatError: the body or a key in it is malformed. Refused: the rules say no.
        ProofError: a signature does not verify.
    """
    check_schema(statement)
    keyids = [s.keyid for s in leaf.envelope.signatures]
    after = advance(authority, place, statement, keyids)
    before = authority or after
    check_signatures(leaf.envelope, lambda keyid: _public_key(before, statement, keyid, place))
    judge(before, place, statement, keyids, lambda _: frozenset())
    return after


def judge_refusal(authority: Authority | None, place: int, leaf: Leaf, error: BadInput) -> Verdict:
    """What it means that `judge_state_entry` refused an entry with `error`."""
    if isinstance(error, SchemaError | FormatError):
        return Verdict.SCHEMA_VIOLATION
    if not isinstance(error, Refused) or error.rule != "unknown kind" or authority is None:
        return Verdict.NOT_PERMITTED
    # A later version's entry about keys, if a quorum of admins signed it: the others are refused in every version.
    try:
        keys = [authority.key_at(s.keyid, place) for s in leaf.envelope.signatures]
        check_signatures(leaf.envelope, lambda keyid: authority.key_at(keyid, place).public_key)
    except (Refused, ProofError):
        return Verdict.NOT_PERMITTED
    admins = {key.principal for key in keys if ADMIN in key.roles}
    # Fewer than the quorum could not have changed who may sign, so they can't make later entries uncheckable either.
    return Verdict.UNSUPPORTED_VERSION if len(admins) >= authority.policy.quorum else Verdict.NOT_PERMITTED


def _public_key(authority: Authority, statement: Statement, keyid: str, place: int) -> bytes:
    if statement.kind == "key" and statement.data.get("public_key") and statement.data["keyid"] == keyid:
        # `advance` has seen that the key id is that of this key.
        return parse_spki(parse_base64(statement.data["public_key"], "key: public_key"))
    return authority.key_at(keyid, place).public_key
