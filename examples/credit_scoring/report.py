"""Words from numbers: the test report as Markdown, the instructions for use, and the end of a run on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.kinds.parts import Metric

_HEAD = "EXAMPLE. A document of the fictional Beispielbank AG."


def format_report(title: str, system: str, version: str, metrics: Sequence[Metric], caveat: str) -> str:
    """A report that stands by itself; the entry that names its digest carries signatures and date."""
    rows = [
        f"| {m.metric} | {f'{m.group.attribute}: {m.group.value}' if m.group else 'all'} | {m.value:.4f} "
        f"| {f'{m.interval.low:.3f} to {m.interval.high:.3f}' if m.interval else ''} | {m.n} | {_limit(m)} |"
        for m in metrics
    ]
    missed = sum(m.passed is False for m in metrics)
    judged = sum(m.passed is not None for m in metrics)
    result = f"{missed} of {judged} limits missed" if missed else "all limits met"
    return "\n".join(
        [
            f"# {title}",
            "",
            f"{_HEAD} System {system}, version {version}. Responsible: staff-140, lead data scientist.",
            "",
            f"**Result: {result}.**",
            "",
            *([f"Caveat. {caveat}", ""] if caveat else []),
            "| metric | group | value | 95 % interval | cases | limit |",
            "|---|---|---:|---|---:|---|",
            *rows,
            "",
        ]
    )


def instructions_for_use(version: str, threshold: float, metrics: Sequence[Metric]) -> str:
    """The instructions for use of a version, with its measured performance."""
    shown = [m for m in metrics if m.group is None or m.metric in ("approval_rate", "true_positive_rate")]
    rows = "\n".join(
        f"| {m.metric} | {f'{m.group.attribute}: {m.group.value}' if m.group else 'all'} | {m.value:.3f} | {m.n} |"
        for m in shown
    )
    guarded = "is not scored; decide it without the system"
    missing = "is read as 'has no account'" if version == "1.0" else guarded
    return f"""\
# Credit scoring {version}: instructions for use

{_HEAD}

**Provider.** Beispielbank AG, AI compliance, ai-compliance@beispielbank.example

**Purpose.** A proposal whether to approve an application of a natural person for consumer credit. Not for
refusing without a person, not for pricing, not for existing loans.

**Reading the screen.** The score estimates the probability of repayment. From {threshold:.2f} upwards the
proposal is to approve. The bars show what moved the score against the average application.

**Where it is weak.** Trained on applications of 1973 to 1975. Less accurate for applicants under 25. Numbers
per sex code compare mixed groups and say little about women and men.

**What you must do.** Look at the file before you follow a proposal to decline. Override when you know better.
Press stop when proposals look strange, and tell model risk.

**Inputs.** Amount, duration, job, housing, savings, checking account, purpose. An application without checking
account status {missing}.

**Measured on 300 held-out applications**

| metric | group | value | cases |
|---|---|---:|---:|
{rows}

**Care.** One processor core, 256 MB. Measured again every year. Each proposal and each action is an entry of
the ledger, kept for two years; read them with `aims log`.
"""


def _limit(metric: Metric) -> str:
    if metric.threshold is None:
        return "none"
    words = "at least" if metric.direction == "at_least" else "at most"
    return f"{words} {metric.threshold:g}: {'met' if metric.passed else 'MISSED'}"
