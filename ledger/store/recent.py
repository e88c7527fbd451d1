"""Entries that the index does not cover yet: at most some thousands, each looked at once by one reader.

The index is written behind (`ledger.store.index`), and a reader must not write. Without this, every question
would parse all of them again.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from ledger.statement import read_attributes
from ledger.store.read import parse_entry, read_leaves


class Recent:
    """Kind and subject of entries behind the index; what was read once is right for ever, since leaves never change."""

    def __init__(self) -> None:
        self._labels: dict[int, tuple[str, str]] = {}

    def find(
        self,
        connection: sa.Connection,
        start: int,
        end: int,
        kinds: Collection[str] | None = None,
        subject: str | None = None,
    ) -> list[int]:
        """The indexes in ``[start, end)`` of entries of these kinds and this subject, in order.

        Raises:
            Damaged: if one of them is not what the door lets in.
        """
        labels = self._labels
        unknown = [place for place in range(start, end) if place not in labels]
        if unknown:
            for place, raw in read_leaves(connection, unknown[0], unknown[-1] + 1):
                if place not in labels:
                    _, statement = parse_entry(place, raw, read_attributes)
                    labels[place] = statement.kind, statement.subject
        found = []
        for place in range(start, end):
            label = labels.get(place)
            if label is not None and (kinds is None or label[0] in kinds) and subject in (None, label[1]):
                found.append(place)
        return found

    def label(self, place: int) -> tuple[str, str]:
        """Kind and subject of an entry that `find` has found."""
        return self._labels[place]
