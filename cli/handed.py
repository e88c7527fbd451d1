"""Verifying on the command line what was handed over: whose keys count, and what came out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.screen import safe
from cli.verifying import report_value
from ledger.errors import BadInput

if TYPE_CHECKING:
    from ledger import Report
    from ledger.memory import Pin
    from ledger.trust import TrustPolicy

_MAX_BYTES: Final = 1 << 20
_SHOWN: Final = 20
_NAMED: Final = 5


def read_trust(file: Path) -> Pin | TrustPolicy:
    """What a file given as ``--trust`` holds: the pin of a ledger (JSON), or a trust policy (C2SP tlog-policy).

    Raises:
        BadInput: if it can't be read or is neither.
    """
    from cli.pins import read_pin
    from ledger.trust import parse_trust_policy

    try:
        with file.open("rb") as handle:
            data = handle.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"trust file {file}: can't be read ({error.strerror})") from error
    return read_pin(file) if data.lstrip()[:1] == b"{" else parse_trust_policy(data)


def read_roots(files: Sequence[Path]) -> list[bytes]:
    """The certificates in PEM files, one file after the other, as they are.

    Raises:
        BadInput: if one can't be read.
    """
    roots = []
    for file in files:
        try:
            roots.append(file.read_bytes())
        except OSError as error:
            raise BadInput(f"certificates {file}: can't be read ({error.strerror})") from error
    return roots


def policy_of(trust: Pin | TrustPolicy | None) -> TrustPolicy | None:
    """`trust` as a policy: a pin names the first checkpoint keys of one ledger, and asks for no witness."""
    from ledger.note import parse_vkey
    from ledger.trust import LogKey, TrustPolicy

    if trust is None or isinstance(trust, TrustPolicy):
        return trust
    return TrustPolicy(tuple(LogKey(parse_vkey(vkey)) for vkey in trust.vkeys), (), (), "none")


def handed_value(report: Report) -> dict[str, Any]:
    """A report as JSON members."""
    return {**report_value(report), "notes": list(report.notes)}


def handed_lines(report: Report) -> Iterator[str]:
    """A report as lines for a person; at most 20 findings in full."""
    from ledger.verdicts import HANDED_PROVES, REMEDIES, Verdict

    yield f"{safe(report.origin)}: {report.level}: {report.summary}"
    yield f"  {report.size} entries, root {report.root.hex()}"
    yield f"  {safe(report.trust)}, checked {report.checked_at}"
    for note in report.notes:
        yield f"  {safe(note)}"
    plain = [finding for finding in report.findings if finding.verdict is not Verdict.WITHHELD]
    for finding in plain[:_SHOWN]:
        yield safe(finding)
        if finding.remedy:
            yield f"    {finding.remedy}"
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
