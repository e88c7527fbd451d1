"""The evidence ledger: formats, append, verification and the store.

What is listed in `__all__` is public and stays; the rest may change. Importing this package loads nothing:
each name is imported when it is first used, so a command that needs little starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.batch import Batch, Pending
    from ledger.client import Ledger
    from ledger.entry import Entry, ErasedMember, SignedBy
    from ledger.errors import (
        AimsError,
        BadInput,
        Conflict,
        FormatError,
        OutcomeUnknown,
        ProofError,
        Refused,
        Rollback,
        SchemaError,
        StoreError,
    )
    from ledger.founding import Founder, create_ledger
    from ledger.keys.keystore import KeyStore
    from ledger.offline import verify_file
    from ledger.policy import Policy
    from ledger.proving import make_receipt, make_receipts
    from ledger.signing import Ed25519Signer, Signer
    from ledger.store.append import Receipt
    from ledger.trust import TrustPolicy, parse_trust_policy
    from ledger.verdicts import Finding, Report, Verdict
    from ledger.verifying.verification import verify_ledger

__all__ = [
    "AimsError",
    "BadInput",
    "Batch",
    "Conflict",
    "Ed25519Signer",
    "Entry",
    "ErasedMember",
    "Finding",
    "FormatError",
    "Founder",
    "KeyStore",
    "Ledger",
    "OutcomeUnknown",
    "Pending",
    "Policy",
    "ProofError",
    "Receipt",
    "Refused",
    "Report",
    "Rollback",
    "SchemaError",
    "SignedBy",
    "Signer",
    "StoreError",
    "TrustPolicy",
    "Verdict",
    "create_ledger",
    "make_receipt",
    "make_receipts",
    "parse_trust_policy",
    "verify_file",
    "verify_ledger",
]

_HOMES = {
    "Batch": "batch",
    "Pending": "batch",
    "Ledger": "client",
    "Entry": "entry",
    "ErasedMember": "entry",
    "SignedBy": "entry",
    "Founder": "founding",
    "create_ledger": "founding",
    "KeyStore": "keys.keystore",
    "verify_file": "offline",
    "Policy": "policy",
    "make_receipt": "proving",
    "make_receipts": "proving",
    "Ed25519Signer": "signing",
    "Signer": "signing",
    "Receipt": "store.append",
    "TrustPolicy": "trust",
    "parse_trust_policy": "trust",
    "Finding": "verdicts",
    "Report": "verdicts",
    "Verdict": "verdicts",
    "verify_ledger": "verifying.verification",
}


def __getattr__(name: str) -> Any:
    """The public name, imported now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
