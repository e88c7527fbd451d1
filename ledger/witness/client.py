"""Asking a witness for its cosignatures on a checkpoint, C2SP tlog-witness add-checkpoint.

The answer is trusted in nothing: signature lines are taken only after they verify with the keys that the trust policy
names for the witness, and what else it says only ends up in messages. Where it has another size on record than was
assumed it says so (409), and is asked once more with the proof from that size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.cosignature import verify_cosignature
from ledger.encoding import parse_decimal
from ledger.errors import FormatError, ProofError, Refused, Unanswered, clip
from ledger.note import NoteSignature, VerifierKey, known_keys, parse_note
from ledger.posting import Answer, post
from ledger.proof_file import ConsistencyFile, format_consistency_file

REQUEST_TYPE: Final = "text/plain; charset=utf-8"
SIZE_TYPE: Final = "text/x.tlog.size"
MAX_ANSWER: Final = 400_000
"""Bytes; a hundred ML-DSA-44 cosignatures, the most a note has, need 330,000."""
TIMEOUT: Final = 20.0
"""Seconds a witness has for each answer, unless told otherwise."""

Prover = Callable[[int], tuple[bytes, ...]]
"""Gives the consistency proof from a smaller size, not 0, to the checkpoint that is asked about."""


class Post(Protocol):
    """`ledger.posting.post`, or what stands for it in a test."""

    def __call__(self, url: str, body: bytes, content_type: str, *, what: str, timeout: float, limit: int) -> Answer:
        """As `ledger.posting.post`."""


@dataclass(frozen=True, slots=True)
class Given:
    """A cosignature that verified: by which key, its line, and its time in seconds."""

    key: VerifierKey
    line: NoteSignature
    time: int


def request_cosignatures(
    url: str,
    keys: Sequence[VerifierKey],
    note: bytes,
    old_size: int,
    prove: Prover,
    *,
    timeout: float = TIMEOUT,
    post: Post = post,
) -> tuple[Given, ...]:
    """The cosignatures of the witness at `url` on a checkpoint: at least one, each verified with one of `keys`.

    `old_size` is the size it is thought to have on record; 0 is always a fair guess.

    Raises:
        Unanswered: it can't be reached, is late, or what it sends makes no sense; later it may.
        Refused: it says no, and says why.
        ProofError: a line under the name and ID of one of `keys` does not verify.
    """
    what = f"witness {url}"
    known = known_keys(keys)
    text = parse_note(note).text
    checkpoint = parse_checkpoint(text)
    tried: list[int] = []
    while True:
        old_size = min(old_size, checkpoint.size)
        tried.append(old_size)
        proof = prove(old_size) if 0 < old_size < checkpoint.size else ()
        body = format_consistency_file(ConsistencyFile(old_size, proof, note))
        address = f"{url.rstrip('/')}/add-checkpoint"
        answer = post(address, body, REQUEST_TYPE, what=what, timeout=timeout, limit=MAX_ANSWER)
        if answer.status == 200:
            return _read_lines(what, known, text, answer.body)
        if answer.status != 409:
            raise _refusal(what, checkpoint, old_size, answer)
        old_size = _read_size(what, checkpoint, tried, answer)


def _read_lines(what: str, known: dict[tuple[str, bytes], VerifierKey], text: str, body: bytes) -> tuple[Given, ...]:
    try:
        note = parse_note(text.encode() + b"\n" + body)
        if note.text != text:
            raise FormatError("answer", "an empty line in it", "signature lines")
    except FormatError as error:
        raise Unanswered(what, f"an answer that is no cosignature ({error})") from error
    given: dict[VerifierKey, Given] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:  # lines of other keys are to be ignored
            given[key] = Given(key, line, verify_cosignature(key, line, text))
    if not given:
        found = ", ".join(f"{line.name}+{line.key_id.hex()}" for line in note.signatures[:3])
        expected = ", ".join(map(str, known.values()))
        raise ProofError(f"{what}: a cosignature by {clip(found)}, expected one by {expected}", remedy=_COMPARE_KEYS)
    return tuple(given.values())


def _read_size(what: str, checkpoint: Checkpoint, tried: Sequence[int], answer: Answer) -> int:
    """The size on record that a 409 names, if asking with it makes sense."""
    if answer.content_type != SIZE_TYPE:
        # Some witnesses answer so, without a size, where the root of the same size differs.
        raise Refused(
            "witness", f"{what}: conflict with what it has on record, {_words(answer)}", remedy=_OTHER_HISTORY
        )
    try:
        line = answer.body.decode("ascii")
        size = parse_decimal(line.removesuffix("\n"), "size")
        if not line.endswith("\n"):
            raise FormatError("size", line, "a newline after it")
    except (FormatError, UnicodeDecodeError) as error:
        raise Unanswered(what, f"a conflict, and as the size on record {clip(str(answer.body[:40]))}") from error
    if size > checkpoint.size:
        raise Refused(
            "witness",
            f"{what}: it has {size} entries of {checkpoint.origin} on record, this checkpoint has {checkpoint.size}",
            remedy="this ledger may be an older copy; compare it with the checkpoint that the witness has",
        )
    if size in tried or len(tried) > 1:
        raise Unanswered(what, f"asked with size {tried[-1]} on record, it says that {size} is")
    return size


def _refusal(what: str, checkpoint: Checkpoint, old_size: int, answer: Answer) -> Refused | Unanswered:
    """The error for an answer that is neither 200 nor 409."""
    said = _words(answer)
    if answer.status == 404:
        found, remedy = f"it does not know {checkpoint.origin}, or nothing is there", _INTRODUCE
    elif answer.status == 403:
        found, remedy = f"it trusts no key that signed for {checkpoint.origin}", _INTRODUCE
    elif answer.status == 422:
        found = f"it has {old_size} entries on record that are not the beginning of these {checkpoint.size}"
        remedy = _OTHER_HISTORY
    elif answer.status in (400, 405, 411, 413, 415):
        found, remedy = "it does not take what was sent", "check the address, and that it is a C2SP tlog-witness"
    elif 300 <= answer.status < 400:
        found, remedy = "it points elsewhere, which is not followed", "put the new address in the trust policy"
    else:
        return Unanswered(what, f"HTTP status {answer.status}, {said}")
    return Refused("witness", f"{what}: {found} (HTTP status {answer.status}, {said})", remedy=remedy)


def _words(answer: Answer) -> str:
    first = answer.body[:200].decode("utf-8", "replace").partition("\n")[0]
    return f"saying {clip(first)!r}" if first.strip() else "saying nothing"


_INTRODUCE: Final = "give its operator the ledger's verifier key: 'aims checkpoint --pin' prints it"
_COMPARE_KEYS: Final = "compare the verifier key in the trust policy with the one its operator names"
_OTHER_HISTORY: Final = "find out which history it has seen: 'aims verify --checkpoint' compares with the one it has"
