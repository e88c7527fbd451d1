"""What to put into a bundle."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What to put into a bundle. All that is given must hold for an entry; `entries` are taken besides.

    `start` and `until` bound the time an entry was recorded (microseconds since 1970, half-open). `entries` are
    indexes, or pairs with the beginning of the leaf hash (hex) that was cited. `checkpoint` is the size of the stored
    checkpoint to stand on; `older` are sizes of further ones to bring, such as that of a document.
    """

    subject: str | None = None
    kind: str | None = None
    start: int | None = None
    until: int | None = None
    control: str | None = None
    incident: str | None = None
    entries: tuple[tuple[int, str], ...] = ()
    cited: bool = False
    attachments: bool = False
    disclose: bool = False
    checkpoint: int | None = None
    older: tuple[int, ...] = ()

    @property
    def filters(self) -> bool:
        """Whether anything but single entries is asked for."""
        by = self.subject, self.kind, self.control, self.incident, self.start, self.until
        return any(part is not None for part in by)

    @property
    def by(self) -> str:
        """The word for what leads the selection."""
        if self.incident is not None:
            return "incident"
        if self.control is not None:
            return "control"
        if self.subject is not None:
            return "system"
        if self.kind is not None:
            return "kind"
        if self.start is not None or self.until is not None:
            return "time"
        return "citations" if self.cited else "entries"
