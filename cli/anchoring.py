"""Who is asked to vouch for checkpoints: the options, else the project file; and how far they are, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli.project import current_project
from ledger.errors import BadInput
from ledger.times import format_instant

if TYPE_CHECKING:
    from ledger.anchoring import Outcome, Stamper, Targets, TargetState
    from ledger.trust import TrustPolicy

_MAX_FILE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """What the options of `anchor_options` say; what they leave out comes from the project file."""

    witnesses: Path | None
    timestamps: tuple[str, ...]
    timestamp_roots: Path | None

    def targets(self) -> Targets:
        """Who is to be asked.

        Raises:
            BadInput: if it is nobody, or a file or an address can't be used.
        """
        from ledger.anchoring import Targets
        from ledger.posting import check_url

        said = current_project().anchors
        file = self.witnesses or (Path(said.witnesses) if said.witnesses else None)
        authorities = tuple(check_url(url, "time stamps") for url in self.timestamps or said.timestamps)
        targets = Targets(read_policy(file) if file else None, tuple(dict.fromkeys(authorities)))
        for url in targets.witnesses():
            check_url(url, f"trust policy {file}")
        if not targets.names():
            raise BadInput(
                "anchor: nobody to ask",
                remedy="give --witnesses POLICY (with addresses) or --timestamp URL, or [anchors] in .aims.toml",
            )
        return targets

    def stamper(self) -> Stamper:
        """How authorities are asked: what they answer is verified if their roots are known.

        Raises:
            BadInput: if the file with the roots can't be read.
        """
        from ledger.timestamps.stamping import request_timestamp

        said = current_project().anchors.timestamp_roots
        file = self.timestamp_roots or (Path(said) if said else None)
        return partial(request_timestamp, roots=(read_small(file, "roots"),) if file else ())


def anchor_options(function: Callable[..., None]) -> Callable[..., None]:
    """A decorator: the options that say who is asked, handed over as `given`."""

    @click.option(
        "--witnesses", metavar="POLICY", type=click.Path(path_type=Path),
        help="Trust policy; the witnesses in it that have an address are asked. [.aims.toml]",
    )  # fmt: skip
    @click.option(
        "--timestamp", "timestamps", metavar="URL", multiple=True,
        help="RFC 3161 authority to ask; may be repeated. [.aims.toml]",
    )  # fmt: skip
    @click.option(
        "--timestamp-roots", metavar="FILE", type=click.Path(path_type=Path),
        help="Certificates (PEM) that the authorities' answers must verify with. [.aims.toml]",
    )  # fmt: skip
    @wraps(function)
    def with_given(
        *, witnesses: Path | None, timestamps: tuple[str, ...], timestamp_roots: Path | None, **rest: Any
    ) -> None:
        function(given=Given(witnesses, timestamps, timestamp_roots), **rest)

    return with_given


def read_policy(file: Path) -> TrustPolicy:
    """The trust policy in a file.

    Raises:
        BadInput: if it can't be read or is none.
    """
    from ledger.trust import parse_trust_policy

    return parse_trust_policy(read_small(file, "trust policy"))


def read_small(file: Path, what: str) -> bytes:
    """The bytes of a file.

    Raises:
        BadInput: if it can't be read or is too large for what it is to be.
    """
    try:
        with file.open("rb") as handle:
            data = handle.read(_MAX_FILE + 1)
    except OSError as error:
        raise BadInput(f"{what} {file}: can't be read ({error.strerror})") from error
    if len(data) > _MAX_FILE:
        raise BadInput(f"{what} {file}: more than {_MAX_FILE} bytes")
    return data


def outcome_value(outcome: Outcome) -> dict[str, Any]:
    """What asking came to, as JSON members."""
    value: dict[str, Any] = {"target": outcome.target, "size": outcome.size, "answered": not outcome.error}
    if outcome.error:
        value |= {"error": outcome.error, "next_try": format_instant(outcome.next_try)}
    return value


def outcome_words(outcome: Outcome) -> str:
    """The same in a line."""
    if not outcome.error:
        return f"{outcome.target}: vouches for {outcome.size} entries"
    return f"{outcome.target}: {outcome.error}"


def state_value(state: TargetState) -> dict[str, Any]:
    """How far a target is, as JSON members."""
    value: dict[str, Any] = {"target": state.target, "kind": state.kind, "size": state.size, "waiting": state.waiting}
    if state.received is not None:
        value["received"] = format_instant(state.received)
    if state.waiting is not None:
        value |= {"since": format_instant(state.since), "tries": state.tries, "last_error": state.last_error}
        if state.next_try:
            value["next_try"] = format_instant(state.next_try)
    return value


def state_words(states: Sequence[TargetState]) -> list[tuple[str, str]]:
    """The same in lines of two columns."""
    return [(state.target, _state_words(state)) for state in states]


def _state_words(state: TargetState) -> str:
    reached = f"vouches for {state.size} entries" if state.received is not None else "has vouched for nothing yet"
    if state.waiting is None:
        return reached
    waits = f"{reached}; asked for {state.waiting} since {format_instant(state.since)}"
    return f"{waits}, {state.tries} time(s) in vain: {state.last_error}" if state.tries else waits
