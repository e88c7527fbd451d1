"""Who vouches for the checkpoints of a bundle: keys of the trust policy, and what follows from them.

A checkpoint that a trusted key signed proves every entry below its size, those about keys among them. So a checkpoint
key that such an entry added may sign as well: a key that was replaced stays good for its old checkpoints, and the one
that replaced it follows from the last checkpoint that the old one signed. docs/FORMAT.md section 20, check 14.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.authority import Authority
from ledger.bundle.contents import FoundOnce
from ledger.bundle.entries import KeyHistory
from ledger.checkpoint import parse_checkpoint
from ledger.errors import ProofError
from ledger.note import parse_note
from ledger.signing import verify
from ledger.trust import Judged, TrustPolicy
from ledger.verdicts import Verdict


@dataclass(slots=True)
class Signed:
    """What is known of who signed one checkpoint, before it is known how far trust reaches.

    `judged` is what the trust policy says, None without one. `settled` is the outcome where it does not depend on
    reach. Else `since` is the size from which on a key of the state that signed it, and was in force, may sign;
    `fault` is why there is none.
    """

    what: str
    size: int
    judged: Judged | None = None
    settled: bool | None = None
    since: int | None = None
    fault: tuple[Verdict, str] | None = None


@dataclass(slots=True)
class Vouching:
    """Judges the signatures of notes; `reach` is the largest size that trust in the policy's keys extends to."""

    told: FoundOnce
    history: KeyHistory
    trust: TrustPolicy | None
    reach: int = 0

    def look(self, note: bytes, what: str) -> Signed:
        """Who signed a well-formed note; what follows from nothing else is told at once."""
        signed = Signed(what, parse_checkpoint(parse_note(note).text).size)
        authority = self.history.authority
        if self.trust is None:
            signed.settled = self._by_history(note, signed)
            return signed
        try:
            signed.judged = judged = self.trust.judge(note)
        except ProofError as error:
            self.told.add(Verdict.SIGNATURE_INVALID, what, str(error))
            signed.settled = False
            return signed
        if judged.log is None:
            self._by_state(note, signed)
            return signed
        known = [k for k in authority.checkpoint_keys if k.vkey == judged.log] if authority is not None else []
        signed.settled = not known or any(k.start <= signed.size <= k.end for k in known)
        if not signed.settled:
            self.told.add(Verdict.NOT_PERMITTED, what, "its key was not in force at this size, by the key history")
        return signed

    def extend(self, proven: Iterable[Signed]) -> None:
        """Find how far trust reaches over checkpoints that are proven to be of one history."""
        open_ones = []
        for signed in proven:
            if signed.settled:
                self.reach = max(self.reach, signed.size)
            elif signed.settled is None and signed.since is not None and not self._unsure(signed):
                open_ones.append((signed.since, signed.size))
        if self.reach:
            for since, size in sorted(open_ones):  # a later key can't vouch for an earlier one
                if since <= self.reach:
                    self.reach = max(self.reach, size)

    def settle(self, signed: Signed) -> bool | None:
        """Whether trusted keys signed it, told if not; None where that can't be said here."""
        if signed.settled is not None:
            return signed.settled
        told, what = self.told, signed.what
        if not self.reach or self.history.authority is None:
            told.add(Verdict.KEY_UNKNOWN, what, "signed by no log key of its origin in the trust file")
            return False
        if self._unsure(signed):
            told.add(Verdict.NOT_CHECKED, what, "who might sign it: what an entry about keys said is lost")
            return None
        if signed.since is None:
            assert signed.fault is not None
            told.add(*_at(signed.fault, what))
            return False
        if signed.since <= self.reach:
            return True
        found = f"the checkpoint key was rotated by entry {signed.since - 1}; bring the newer trust file"
        told.add(Verdict.NOT_CHECKED, what, found)
        return None

    def _unsure(self, signed: Signed) -> bool:
        lost = self.history.unsure_after
        return lost is not None and signed.size > lost

    def _by_state(self, note: bytes, signed: Signed) -> None:
        """Note since when a key of the state that signed it may sign, or why there is none."""
        if self.history.authority is None:
            return
        try:
            starts = _signers(note, self.history.authority)
        except ProofError as error:
            signed.fault = Verdict.SIGNATURE_INVALID, str(error)
            return
        held = [start for start, end in starts if start <= signed.size <= end]
        if held:
            signed.since = min(held)
        elif starts:
            signed.fault = Verdict.NOT_PERMITTED, "its key was not in force at this size, by the key history"
        else:
            signed.fault = Verdict.KEY_UNKNOWN, "signed by no log key of the trust file, nor of the key history"

    def _by_history(self, note: bytes, signed: Signed) -> bool:
        """The same without a trust policy, by the key history alone."""
        if self.history.authority is None:
            found = "without entry 0 there is no key to check its signature with"
            self.told.add(Verdict.NOT_CHECKED, signed.what, found)
            return False
        self._by_state(note, signed)
        if signed.fault is not None:
            self.told.add(*_at(signed.fault, signed.what))
        return signed.fault is None


def _at(fault: tuple[Verdict, str], what: str) -> tuple[Verdict, str, str]:
    verdict, found = fault
    return verdict, what, found


def _signers(note: bytes, authority: Authority) -> list[tuple[int, int]]:
    """(start, end) of the checkpoint keys whose signatures are on a note.

    Raises:
        ProofError: one of them does not verify.
    """
    parsed = parse_note(note)
    known = {(k.vkey.name, k.vkey.key_id): k for k in authority.checkpoint_keys}
    found = []
    for line in parsed.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:
            verify(key.vkey.public_key, line.signature, parsed.text.encode())
            found.append((key.start, key.end))
    return found
