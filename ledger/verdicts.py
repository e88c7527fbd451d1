"""The words of verification: verdicts, where and why, what to do, and the exit code they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ledger.times import format_instant


class Verdict(Enum):
    """What was found. The first group is tampering (exit 1), the second is worth knowing, the third unchecked."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORKED = "forked"
    SIGNATURE_INVALID = "signature invalid"
    NOT_PERMITTED = "not permitted"
    KEY_COMPROMISED = "key compromised"
    SCHEMA_VIOLATION = "schema violation"
    INDEX_WRONG = "index wrong"
    ERASED_BUT_PRESENT = "erased but present"
    KEY_UNKNOWN = "key unknown"
    NOT_WITNESSED = "not witnessed"

    ERASED = "erased"

    FIRST_SIGHT = "self-consistent, first sight"
    UNSUPPORTED_VERSION = "unsupported version"
    WITHHELD = "withheld"
    NOT_CHECKED = "not checked here"


_HARMLESS: Final = frozenset({Verdict.ERASED})
_UNCHECKED: Final = frozenset({Verdict.FIRST_SIGHT, Verdict.UNSUPPORTED_VERSION, Verdict.WITHHELD, Verdict.NOT_CHECKED})

REMEDIES: Final = {
    Verdict.ALTERED: "compare this entry with a backup or with another holder's copy",
    Verdict.MISSING: "look for it in a backup; an erasure entry would have named it",
    Verdict.REORDERED: "restore the entries to the places their leaves name",
    Verdict.TRUNCATED: "find the newer copy; entries that were seen before are gone",
    Verdict.FORKED: "find out who holds which history; one of the two was never shown here before",
    Verdict.SIGNATURE_INVALID: "ask the signer for what was signed",
    Verdict.NOT_PERMITTED: "ask an administrator how this entry came in; the door would have refused it",
    Verdict.KEY_COMPROMISED: "rely on it only with evidence from before the compromise",
    Verdict.SCHEMA_VIOLATION: "ask the signer; the door would have refused it",
    Verdict.INDEX_WRONG: (
        "of a ledger: derive the index again with 'aims verify --rebuild-index'; "
        "of a bundle: ask its maker for one that holds what its scope says"
    ),
    Verdict.ERASED_BUT_PRESENT: "erase it again with 'aims erase --finish'",
    Verdict.KEY_UNKNOWN: "make sure that it is of the ledger meant; get its keys from someone other than the sender",
    Verdict.NOT_WITNESSED: "wait until enough witnesses have cosigned, or ask the operator why they have not",
    Verdict.ERASED: "",
    Verdict.FIRST_SIGHT: "compare the pin with one from the operator, an auditor or a witness: --trust PIN",
    Verdict.UNSUPPORTED_VERSION: "verify with a newer version of aims-ledger",
    Verdict.WITHHELD: "ask whoever made the file for the value, if you may see it",
    Verdict.NOT_CHECKED: "",
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where: an entry (index from 0), or something of the ledger that is not one entry."""

    index: int
    what: str = ""

    def __str__(self) -> str:
        if self.index < 0:
            return self.what or "ledger"
        return f"entry {self.index}" + (f", {self.what}" if self.what else "")


LEFT_OUT: Final = {
    "hashes": "only hashes checked: not signatures, keys, policy, schemas, values, attachments, indexes",
    "signatures": "only hashes and signatures checked: not schemas, values, attachments, indexes",
}
"""What a verification at a lower level leaves out, for its summary; it is then sound only as far as checked."""

LEDGER_WIDE: Final = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the verdict, where, and what was found against what was expected."""

    verdict: Verdict
    place: Place
    detail: str

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.verdict]

    def __str__(self) -> str:
        return f"{self.place}: {self.verdict.value}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Resumed:
    """A verification went on with an interrupted one: entries below `size` were read then, from `began` on."""

    size: int
    began: str

    def __str__(self) -> str:
        return (
            f"resumed at entry {self.size}: what comes before was read from {self.began} on and not again; a change "
            "made there since is found by the next verification"
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """How many entries outsiders vouch for, when at the latest those existed (microseconds since 1970), and who.

    `time` is 0 where none is known; `authority` is empty for witnesses.
    """

    size: int
    time: int
    authority: str = ""

    def __str__(self) -> str:
        by = f" by {format_instant(self.time)}" if self.time else ""
        return f"time-stamped{by}, {self.authority}" if self.authority else f"witnessed{by}"


@dataclass(frozen=True, slots=True)
class Since:
    """An incremental verification: entries below `size` had been verified before, all of them from `full_at` on.

    Of those ``[start, end)`` of `reread` were read again; none of the others was read before `oldest`.
    """

    size: int
    full_at: str
    reread: tuple[int, int]
    oldest: str

    def __str__(self) -> str:
        start, end = self.reread
        again = f"; of these {start} to {end - 1} were read again now" if start < end else ""
        return (
            f"entries 0 to {self.size - 1} were verified before, all of them at {self.full_at}, and not read again"
            f"{again}; the longest ago that one was read is {self.oldest}"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found. `size` entries were there; `checkpoint_size` of them are under a signed checkpoint.

    `counts` holds every verdict's number of findings; `findings` at most the first 1,000 in ledger order, so that
    a wrecked ledger does not fill the memory. `root` is the Merkle root over `size` leaves (32 bytes). `level` is how
    much of a ledger was verified, or what else was: ``checkpoint``, ``receipt``, ``consistency``, ``bundle``.
    `notes` are facts worth a line each, not findings.
    """

    origin: str
    size: int
    root: bytes
    checkpoint_size: int
    checked_at: str
    level: str
    trust: str
    counts: tuple[tuple[Verdict, int], ...]
    findings: tuple[Finding, ...]
    erasures: int = 0
    resumed: Resumed | None = None
    since: Since | None = None
    witnessed: Outside | None = None
    stamped: Outside | None = None
    notes: tuple[str, ...] = ()

    @property
    def unsigned_tail(self) -> int:
        """How many entries at the end no signed checkpoint covers."""
        return self.size - self.checkpoint_size

    @property
    def tampered(self) -> bool:
        """Whether anything found is tampering or damage."""
        return any(verdict not in _HARMLESS | _UNCHECKED for verdict, _ in self.counts)

    @property
    def exit_code(self) -> int:
        """0 sound; 1 tampering or damage; 4 sound as far as it could be checked."""
        if self.tampered:
            return 1
        unchecked = self.level in LEFT_OUT or any(verdict in _UNCHECKED for verdict, _ in self.counts)
        return 4 if unchecked else 0

    @property
    def summary(self) -> str:
        """The verdict in a few words."""
        if self.tampered:
            told = ((verdict, count) for verdict, count in self.counts if verdict not in _HARMLESS | _UNCHECKED)
            return ", ".join(f"{count} × {verdict.value}" for verdict, count in told)
        if self.exit_code == 4:
            words = [verdict.value for verdict, _ in self.counts if verdict in _UNCHECKED]
            return "; ".join([*words, *([LEFT_OUT[self.level]] if self.level in LEFT_OUT else [])])
        return f"sound; entries 0 to {self.since.size - 1} as verified before" if self.since else "sound"


PROVES: Final = (
    "What a pass proves: these bytes are the ones that were chained, counted and signed by the checkpoint key; each "
    "entry was signed by keys in force at its place; nothing that was seen here before is missing or changed."
)
NEW_PROVES: Final = (
    "What a pass proves: the same of the entries that are new and of those read again; that the stored tiles of the "
    "others still lead to the root that was verified before. A change of an entry that was not read again is found "
    "when its turn comes."
)
PROVES_NOT: Final = (
    "What it does not prove: that what was recorded is true, that everything was recorded, or that no entry was "
    "filed under another system's name. It is not a conformity assessment."
)

_SAYS_NOTHING: Final = "What it does not prove: what any entry says, or that it is true."
_CHECKPOINT_PROVES: Final = (
    "What a pass proves: the log of that name signed that it has these many entries with this root, and the witnesses "
    "that the trust file asks for vouch that they were shown no other history."
)
_RECEIPT_PROVES: Final = (
    "What a pass proves: this entry, byte for byte, is at this place in the log of that name, under a root that the "
    "log signed and the witnesses that the trust file asks for have seen."
)
_RECEIPT_PROVES_NOT: Final = (
    "What it does not prove: that what was recorded is true, that whoever signed the entry might (their keys are in "
    "the ledger and in bundles), or that nothing else was recorded."
)
_GROWTH_PROVES: Final = (
    "What a pass proves: the newer checkpoint is signed as the trust file asks, and what is under the older one is "
    "unchanged in it."
)
_TILES_PROVE: Final = (
    "What a pass proves: these are all the entries, byte for byte, that the log of that name signed under this root, "
    "and every tile is made from them, so that proofs from these files hold; the witnesses that the trust file asks "
    "for vouch that they were shown no other history."
)
_TILES_PROVE_NOT: Final = (
    "What it does not prove: that whoever signed an entry might (verify the ledger or a bundle), what any entry says, "
    "or that it is true."
)
HANDED_PROVES: Final = {
    "checkpoint": (_CHECKPOINT_PROVES, _SAYS_NOTHING),
    "receipt": (_RECEIPT_PROVES, _RECEIPT_PROVES_NOT),
    "consistency": (_GROWTH_PROVES, _SAYS_NOTHING),
    "tiles": (_TILES_PROVE, _TILES_PROVE_NOT),
}
"""`PROVES` and `PROVES_NOT` of what is verified without a ledger, by `Report.level`."""
