"""An entry as readers see it: parsed from leaf bytes, erasable members put back where they still exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Who signed, as the ledger's key history says it at the entry's place."""

    keyid: str
    principal: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErasedMember:
    """A member whose value is gone: erased by entry `by_index`, or missing if that is None."""

    path: str
    by_index: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `index` counts from 0; `recorded` and `time` are RFC 3339 with microseconds in UTC."""

    index: int
    leaf_hash: bytes
    recorded: str
    statement: str
    id: str
    source: str
    kind: str
    subject: str
    time: str
    data: Mapping[str, Any]
    erased: tuple[ErasedMember, ...]
    signers: tuple[SignedBy, ...]

    @property
    def short(self) -> str:
        """The first 8 hex digits of the leaf hash, for people."""
        return self.leaf_hash.hex()[:8]

    @property
    def version(self) -> str | None:
        """The system version the entry is about, if it says one."""
        return self.data.get("system_version")
