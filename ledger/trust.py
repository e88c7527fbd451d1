"""What a certifier trusts, as a file, C2SP tlog-policy: keys of logs and witnesses, and how many must have signed.

::

    log <vkey> [<url>]                                a log whose checkpoints count; its key is named like its origin
    witness <name> <vkey> [<url>]                     a cosigner; `name` is for this file only
    group <name> all|any|<k> <member> [<member> ...]  has signed when all, one or k of its members have
    quorum <name>|none                                who must have cosigned a checkpoint; exactly one such line

Words are separated by spaces and tabs, lines end in a newline, empty lines and lines that begin with ``#`` say
nothing.  Allowed octets are tab, newline, 0x20 to 0x7E and 0x80 to 0xFF; names are opaque octets.  Witnesses and
groups share their names, each given once; ``none`` is none of them.  A group or the quorum names only what earlier
lines define, so there are no cycles, and a name is member of one group at most, once: each witness counts in one way.
Two logs, or two witnesses, can't have the same public key, whatever names they are under; nor can two keys have the
same name and key ID.  Keys of logs are of type 0x01; those of witnesses 0x04 (Ed25519) or 0x06 (ML-DSA-44).  A file
has at most 1,000,000 bytes.

The format has no version; a new one gets new words at the beginning of lines, which are refused here.

Example: a ledger whose checkpoints count when one of two witnesses has cosigned them, ::

    log bank.example/aims/4f1d0c9a8b7e6d5c+ee55e8f6+AXnGtY+u8+uQ0l+ZfR66FCQX1TiEI4VtGeE3lJg/VcY0
    witness one witness.example/x1+9066f4bf+BJPWSxBt5hn6sC3xiRI8WsvCYWumixGcBOJtwDO/wc7x https://x1.example/
    witness two w2.example+9ef4f4e3+BJZeh2YHtj4m0pnvdVUf0KkRq79pnMtR69NWq7WS73J7
    group outsiders any one two
    quorum outsiders
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.cosignature import COSIGNER_TYPES, verify_cosignature
from ledger.encoding import parse_decimal
from ledger.errors import FormatError, ProofError
from ledger.note import SignatureType, VerifierKey, known_keys, parse_note, parse_vkey
from ledger.signing import verify

__all__ = ["Group", "Judged", "LogKey", "TrustPolicy", "Witness", "parse_trust_policy"]

MAX_POLICY_SIZE: Final = 1_000_000
NO_QUORUM: Final = "none"


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log: its key, named like its origin, and where it can be reached."""

    vkey: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner: what the policy calls it, its key, and where it can be reached."""

    name: str
    vkey: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Members (witnesses or earlier groups) of which `threshold` must have signed."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy says of a checkpoint; every signature by one of its keys has been verified.

    `log` is the key of the checkpoint's own log, None if no log of the policy signed it. `cosigned` are witnesses
    and the earliest time (seconds since 1970; 0: no time claimed) each of them signed at, by time. `time` is the
    earliest instant by which the quorum had signed; None without quorum, or where it needs a witness without time
    or no witness at all.
    """

    checkpoint: Checkpoint
    log: VerifierKey | None
    cosigned: tuple[tuple[str, int], ...]
    quorum_met: bool
    time: int | None


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The keys that count and the quorum; groups are in an order in which members come first."""

    logs: tuple[LogKey, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys that may sign checkpoints of `origin`."""
        return tuple(log.vkey for log in self.logs if log.vkey.name == origin)

    def judge(self, note: bytes) -> Judged:
        """What the signatures on a checkpoint's note amount to.

        Lines of unknown keys are ignored. Whether `log` and `quorum_met` are enough is for the caller to say; what
        the checkpoint is, and when witnesses saw it, holds only where they are.

        Raises:
            FormatError: the note is malformed or not that of a checkpoint.
            ProofError: the signature of a log or witness of this policy does not verify.
        """
        parsed = parse_note(note)
        checkpoint = parse_checkpoint(parsed.text)
        known = _known(self.logs, self.witnesses)
        log: VerifierKey | None = None
        times: dict[str, int] = {}
        for line in parsed.signatures:
            key, name = known.get((line.name, line.key_id), (None, ""))
            if key is None:
                continue
            if key.type is SignatureType.ED25519:
                _verify_log(key, line.signature, parsed.text)
                # A log vouches for itself only: another one's signature says nothing about this origin.
                log = key if log is None and key.name == checkpoint.origin else log
            else:
                time = verify_cosignature(key, line, parsed.text)
                times[name] = min(time, times.get(name, time), key=_untimed_last)
        cosigned = tuple(sorted(times.items(), key=lambda item: (_untimed_last(item[1]), item[0])))
        return Judged(checkpoint, log, cosigned, self._met(times), self._time(cosigned))

    def _met(self, signed: Container[str]) -> bool:
        """Whether witnesses named in `signed` make up the quorum."""
        if self.quorum == NO_QUORUM:
            return True
        met = {witness.name for witness in self.witnesses if witness.name in signed}
        for group in self.groups:  # members come before their group
            if len(met.intersection(group.members)) >= group.threshold:
                met.add(group.name)
        return self.quorum in met

    def _time(self, cosigned: Sequence[tuple[str, int]]) -> int | None:
        """When the quorum was there first; a time of 0 must not make anything look as old as 1970."""
        signed: set[str] = set()
        for name, time in cosigned:
            signed.add(name)
            if time and self.quorum != NO_QUORUM and self._met(signed):
                return time
        return None


def parse_trust_policy(data: bytes) -> TrustPolicy:
    """The policy in a trust file.

    Raises:
        FormatError: for anything that breaks a rule of the module's docstring; it names the line.
    """
    if len(data) > MAX_POLICY_SIZE:
        raise FormatError("trust policy", f"{len(data)} bytes", f"at most {MAX_POLICY_SIZE}")
    if data.lstrip()[:1] == b"{":
        raise FormatError(
            "trust policy", "JSON, like the pin of a ledger", "a policy (C2SP tlog-policy)",
            remedy="'aims checkpoint --policy' prints the beginning of one; a pin serves 'aims verify --trust'",
        )  # fmt: skip
    for place, octet in enumerate(data):
        if (octet < 0x20 and octet not in b"\t\n") or octet == 0x7F:
            raise FormatError("trust policy", f"octet 0x{octet:02x} at {place}", "no control characters")
    *lines, rest = data.split(b"\n")
    if rest:
        raise FormatError("trust policy", "a last line without its end", "a newline after every line")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        # bytes.split() alone would also split at vertical tabs and form feeds; those were refused above.
        words = [word.decode("utf-8", "surrogateescape") for word in line.split()]
        if words and not words[0].startswith("#"):
            reader.read(f"trust policy, line {number}", words)
    return reader.finish()


class _Reader:
    """Collects the lines of one file."""

    def __init__(self) -> None:
        self._logs: list[LogKey] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._quorum: str | None = None
        self._free: dict[str, bool] = {}  # names defined so far; whether no group has them yet

    def read(self, what: str, words: Sequence[str]) -> None:
        """Take one line that says something."""
        readers: Mapping[str, Callable[[str, Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._read_quorum,
        }
        if words[0] not in readers:
            raise FormatError(what, words[0], "log, witness, group, quorum or a comment")
        readers[words[0]](what, words[1:])

    def finish(self) -> TrustPolicy:
        """The policy, once every line was read."""
        if self._quorum is None:
            raise FormatError("trust policy", "no quorum line", "one, 'quorum none' if no witness is asked for")
        logs, witnesses = tuple(self._logs), tuple(self._witnesses)
        _known(logs, witnesses)
        return TrustPolicy(logs, witnesses, tuple(self._groups), self._quorum)

    def _log(self, what: str, words: Sequence[str]) -> None:
        _expect(what, words, 1, 2, "log <vkey> [<url>]")
        key = _key(what, words[0], (SignatureType.ED25519,))
        if any(log.vkey.public_key == key.public_key for log in self._logs):
            raise FormatError(what, f"the public key of {key}", "one that no other log has")
        self._logs.append(LogKey(key, "".join(words[1:])))

    def _witness(self, what: str, words: Sequence[str]) -> None:
        _expect(what, words, 2, 3, "witness <name> <vkey> [<url>]")
        key = _key(what, words[1], COSIGNER_TYPES)
        if any(witness.vkey.public_key == key.public_key for witness in self._witnesses):
            raise FormatError(what, f"the public key of {key}", "one that no other witness has")
        self._define(what, words[0])
        self._witnesses.append(Witness(words[0], key, "".join(words[2:])))

    def _group(self, what: str, words: Sequence[str]) -> None:
        _expect(what, words, 3, None, "group <name> all|any|<k> <member> ...")
        name, needed, *members = words
        for member in members:
            if not self._free.get(member, False):
                known = "already in a group" if member in self._free else "not defined on an earlier line"
                raise FormatError(what, f"{member}, {known}", "witnesses and groups of earlier lines, each once")
            self._free[member] = False
        if needed not in ("all", "any"):
            threshold = parse_decimal(needed, f"{what}: threshold")
        else:
            threshold = len(members) if needed == "all" else 1
        if not 1 <= threshold <= len(members):
            raise FormatError(f"{what}: threshold", needed, f"1 to {len(members)}, the number of members")
        self._define(what, name)
        self._groups.append(Group(name, threshold, tuple(members)))

    def _read_quorum(self, what: str, words: Sequence[str]) -> None:
        _expect(what, words, 1, 1, "quorum <name>|none")
        if self._quorum is not None:
            raise FormatError(what, "a second quorum line", "exactly one")
        if words[0] != NO_QUORUM and words[0] not in self._free:
            raise FormatError(what, words[0], "a witness or group of an earlier line, or none")
        self._quorum = words[0]

    def _define(self, what: str, name: str) -> None:
        if name == NO_QUORUM or name in self._free:
            raise FormatError(what, name, "a name that is new and not 'none'")
        self._free[name] = True


@lru_cache(maxsize=16)
def _known(
    logs: tuple[LogKey, ...], witnesses: tuple[Witness, ...]
) -> dict[tuple[str, bytes], tuple[VerifierKey, str]]:
    """Every key of a policy, and the witness whose it is, by what a signature line tells it by; not to be changed.

    Remembered, since a ledger may have many checkpoints to judge and key IDs are hashes.
    """
    names = {witness.vkey: witness.name for witness in witnesses}
    known = known_keys([*(log.vkey for log in logs), *names])
    return {told: (key, names.get(key, "")) for told, key in known.items()}


def _expect(what: str, words: Sequence[str], least: int, most: int | None, form: str) -> None:
    if len(words) < least or (most is not None and len(words) > most):
        raise FormatError(what, f"{len(words)} words after the first", f"{form} (a comment has a line of its own)")


def _key(what: str, text: str, types: Collection[SignatureType]) -> VerifierKey:
    try:
        return parse_vkey(text, types)
    except FormatError as error:
        raise FormatError(f"{what}: {error.what}", error.found, error.expected) from error


def _verify_log(key: VerifierKey, signature: bytes, text: str) -> None:
    try:
        verify(key.public_key, signature, text.encode())
    except ProofError as error:
        raise ProofError(f"note: the signature of {key} does not verify") from error


def _untimed_last(time: int) -> tuple[bool, int]:
    return time == 0, time
