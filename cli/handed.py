"""Verifying on the command line what was handed over: the files that are given, whose keys count, and what came out.

Each file is read once and up to a limit, so that a pipe serves as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.screen import note, safe
from cli.verifying import report_value
from ledger.errors import BadInput, FormatError

if TYPE_CHECKING:
    from ledger import Finding, Report
    from ledger.memory import Pin
    from ledger.received import Received
    from ledger.trust import TrustPolicy

_MAX_BYTES: Final = 4 << 20
_SHOWN: Final = 20
_NAMED: Final = 5
_STDIN: Final = "-"


@contextmanager
def receive_path(path: str | None) -> Iterator[Received | None]:
    """What somebody handed over: a file, a folder, a pipe, or ``-`` for standard input; None if no file is meant.

    Raises:
        BadInput: as `ledger.received.receive`.
    """
    from ledger.received import receive, receive_stream

    if not path or "://" in path:
        yield None
        return
    with ExitStack() as kept:
        with _waiting(path):
            stdin = sys.stdin.buffer if path == _STDIN else None
            source = receive_stream("standard input", stdin) if stdin else receive(Path(path))
            received = kept.enter_context(source)
        yield received


def read_trust(file: Path) -> Pin | TrustPolicy:
    """What a file given as ``--trust`` holds: the pin of a ledger (JSON), or a trust policy (C2SP tlog-policy).

    Raises:
        BadInput: if it can't be read or is neither.
    """
    from cli.pins import parse_pin
    from ledger.received import known_beginning, tell
    from ledger.trust import parse_trust_policy

    data = _read(file, f"trust file {file}")
    if data.lstrip()[:1] == b"{":
        return parse_pin(data, f"pin {file}")
    what = tell(data)
    if found := what.words if what else known_beginning(data):
        raise BadInput(
            f"trust file {file}: {found}, expected a trust policy or the pin of a ledger",
            remedy="keys never come from what is verified: get them from someone other than who handed it over",
        )
    try:
        return parse_trust_policy(data)
    except FormatError as error:
        remedy = "save it with line ends of one newline each" if b"\r\n" in data else error.remedy
        raise FormatError(f"{file}: {error.what}", error.found, error.expected, remedy=remedy) from error


def read_kept(file: Path) -> bytes:
    """The signed note of a checkpoint that somebody kept: alone, or at the end of a receipt or consistency proof.

    Raises:
        BadInput: if it can't be read or there is none in it.
    """
    from ledger.offline import checkpoint_in
    from ledger.received import HandedOver, describe, tell

    data = _read(file, f"checkpoint {file}")
    what = tell(data)
    if what in (None, HandedOver.BUNDLE):
        found, remedy = ("a zip", "") if what else describe(data)
        raise BadInput(f"checkpoint {file}: {found}, expected a checkpoint, receipt or proof", remedy=remedy)
    try:
        return checkpoint_in(data)
    except FormatError as error:
        raise FormatError(f"checkpoint {file}: {error.what}", error.found, error.expected) from error


def read_roots(files: Sequence[Path]) -> list[bytes]:
    """The certificates in PEM files, one file after the other, as they are.

    Raises:
        BadInput: if one can't be read, or holds none.
    """
    if not files:
        return []
    from ledger.timestamps.certificates import parse_roots

    roots = []
    for file in files:
        roots.append(_read(file, f"certificates {file}"))
        try:
            parse_roots(roots[-1])
        except FormatError as error:
            raise FormatError(f"certificates {file}", error.found, error.expected, remedy=error.remedy) from error
    return roots


def _read(file: Path, what: str) -> bytes:
    try:
        with _waiting(str(file)), file.open("rb") as handle:
            data = handle.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise BadInput(f"{what}: no such file", remedy="check its name, and the folder you are in") from error
    except OSError as error:
        raise BadInput(f"{what}: can't be read ({error.strerror})") from error
    if len(data) > _MAX_BYTES:
        raise BadInput(f"{what}: more than {_MAX_BYTES} bytes")
    return data


@contextmanager
def _waiting(name: str) -> Iterator[None]:
    """Around reading what may be a pipe: who ends the waiting hears what was waited for."""
    try:
        yield
    except KeyboardInterrupt:
        note(f"aims: {name}: it was not read to its end; whoever writes into a pipe must also close it")
        raise


def policy_of(trust: Pin | TrustPolicy | None) -> TrustPolicy | None:
    """`trust` as a policy: a pin names the first checkpoint keys of one ledger, and asks for no witness."""
    from ledger.note import parse_vkey
    from ledger.trust import LogKey, TrustPolicy

    if trust is None or isinstance(trust, TrustPolicy):
        return trust
    return TrustPolicy(tuple(LogKey(parse_vkey(vkey)) for vkey in trust.vkeys), (), (), "none")


def handed_value(report: Report) -> dict[str, Any]:
    """A report as JSON members."""
    value = report_value(report)
    for members, finding in zip(value["findings"], report.findings, strict=True):
        members["remedy"] = _remedy(finding)
    return value


def _remedy(finding: Finding) -> str:
    """What whoever was handed something can do about it, who has no backups and no ledger."""
    from ledger.verdicts import Verdict

    return {
        Verdict.FIRST_SIGHT: "say whose keys to trust: --trust FILE, from someone other than who handed it over",
        Verdict.ALTERED: "do not rely on it; keep it, ask for it once more, and compare",
        Verdict.MISSING: "fetch it once more; if it stays away, ask the operator for it",
    }.get(finding.verdict, finding.remedy)


def handed_lines(report: Report) -> Iterator[str]:
    """A report as lines for a person; at most 20 findings in full."""
    from ledger.verdicts import HANDED_PROVES, REMEDIES, Verdict

    yield f"{safe(report.origin)}: {report.level}: {report.summary}"
    yield f"  {report.size} entries, root {report.root.hex()}"
    yield f"  {safe(report.trust)}, checked {report.checked_at}"
    for words in report.notes:
        yield f"  {safe(words)}"
    plain = [finding for finding in report.findings if finding.verdict is not Verdict.WITHHELD]
    for finding in plain[:_SHOWN]:
        yield safe(finding)
        if remedy := _remedy(finding):
            yield f"    {remedy}"
    if len(plain) > _SHOWN:
        yield f"… {len(plain) - _SHOWN} more findings; --json prints them"
    # There may be hundreds, of which the same is to be said.
    if withheld := [str(finding.place) for finding in report.findings if finding.verdict is Verdict.WITHHELD]:
        named = ", ".join(withheld[:_NAMED]) + (f" and {len(withheld) - _NAMED} more places" * (len(withheld) > _NAMED))
        yield safe(f"withheld: values or files of {named}; --json prints all")
        yield f"    {REMEDIES[Verdict.WITHHELD]}"
    if report.exit_code == 0 and report.level in HANDED_PROVES:
        proves, proves_not = HANDED_PROVES[report.level]
        yield f"\n{proves}"
        yield proves_not
