"""A batch: what is recorded in its block is signed at once and stored together at the end, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ledger.admission import Line, read_line
from ledger.compose import Draft, body_data, draft
from ledger.signing import Signer
from ledger.times import to_micros

if TYPE_CHECKING:
    from ledger.client import Ledger
    from ledger.kinds import Artefact, Body, Reference
    from ledger.store.append import Receipt


@dataclass(slots=True)
class Pending:
    """Something recorded in a batch: `statement` can be referred to at once, `receipt` exists after the batch."""

    statement: str
    _receipt: Receipt | None = None

    @property
    def receipt(self) -> Receipt:
        """What was stored.

        Raises:
            ValueError: inside the batch, before anything is stored.
        """
        if self._receipt is None:
            raise ValueError("nothing is stored before the batch ends")
        return self._receipt


class Batch:
    """Collects what is recorded and stores it at the end of its block; an exception stores nothing."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lines: list[Line] = []
        self._pending: list[Pending] = []

    def record(
        self,
        body: Body | Mapping[str, Any],
        *,
        signers: Signer | Sequence[Signer],
        subject: str,
        kind: str = "",
        source: str | None = None,
        time: datetime | None = None,
        references: Sequence[Reference] = (),
        attach: Sequence[Artefact] = (),
    ) -> Pending:
        """As `Ledger.record`, stored with the rest of the batch."""
        listed = [signers] if isinstance(signers, Signer) else list(signers)
        if not listed:
            raise ValueError("an entry takes at least one signer")
        kind, data = body_data(body, kind)
        for name, more in (("references", references), ("artefacts", attach)):
            if more:
                data[name] = [
                    *data.get(name, ()),
                    *(m.model_dump(exclude_none=True, by_alias=True) for m in more),
                ]
        ledger = self._ledger
        now = ledger._clock()
        statement = draft(
            kind, data, origin=ledger.origin, source=source or ledger.source_of(listed[0]), subject=subject,
            time=now if time is None else to_micros(time), now=now,
        )  # fmt: skip
        return self.add(statement, listed)

    def add(self, statement: Draft, signers: Sequence[Signer]) -> Pending:
        """Sign a drafted statement and store it with the rest of the batch."""
        pending = Pending(statement.digest)
        self._lines.append(read_line(statement.sign(signers)))
        self._pending.append(pending)
        return pending

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._lines:
            for pending, receipt in zip(self._pending, self._ledger._store(self._lines), strict=True):
                pending._receipt = receipt
