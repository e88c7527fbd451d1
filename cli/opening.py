"""Opening the ledger that a command is about: for reading, or for appending and signing a checkpoint after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from cli.project import ledger_location, state_folder
from cli.screen import OutputFailed, note
from ledger.errors import AimsError, BadInput, StoreError

if TYPE_CHECKING:
    from cli.signers import Keyring
    from ledger import Ledger, Receipt, Signer

ledger_option = click.option(
    "--ledger", "location", metavar="PATH", help="The ledger: a file or sqlite:///PATH. [AIMS_LEDGER, .aims.toml]"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="File with the passphrase of the keys in one line. [AIMS_PASSPHRASE, or asked for]",
)


@dataclass(frozen=True, slots=True)
class Common:
    """The options of every command that appends."""

    no_checkpoint: bool
    passphrase_file: Path | None
    location: str | None
    as_json: bool = True

    def keyring(self) -> Keyring:
        """The user's keys.

        Raises:
            BadInput: if the passphrase file can't be used.
        """
        from cli.signers import Keyring

        return Keyring(self.passphrase_file)

    def open(self, keyring: Keyring) -> Appending:
        """As `open_for_appending`."""
        return open_for_appending(self.location, keyring, checkpoints=not self.no_checkpoint)


def appending_options(function: Callable[..., None]) -> Callable[..., None]:
    """A decorator: the options of every command that appends, handed over as `common`."""

    @click.option("--no-checkpoint", is_flag=True, help="Leave the signing of a checkpoint to somebody else.")
    @passphrase_option
    @ledger_option
    @wraps(function)
    def with_common(
        *, no_checkpoint: bool, passphrase_file: Path | None, location: str | None, as_json: bool = True, **rest: Any
    ) -> None:
        function(common=Common(no_checkpoint, passphrase_file, location, as_json), **rest)

    return with_common


class NotSigned(AimsError):
    """Entries were stored, and then no checkpoint could be signed; ends with 1 only if the ledger was changed."""

    def __init__(self, error: AimsError) -> None:
        # What a failed commit or a full disk advises, to run the command again, would store the entries again.
        kept = error.exit_code == 1 or isinstance(error, BadInput)
        what = str(error) if kept else str(error).removesuffix(f"; {error.remedy}")
        signs = "" if error.exit_code == 1 or "aims checkpoint" in what else "sign it with 'aims checkpoint'"
        super().__init__(f"stored, but no checkpoint was signed: {what}", remedy=signs)
        self.exit_code = 1 if error.exit_code == 1 else 0


class Appending:
    """A ledger open for appending; after an append a checkpoint is signed, if its key is here.

    A context manager. Where signing fails, or `unsigned` says why its key did not open, the entries are stored all
    the same: their receipts say ``committed``, and leaving the block says why on stderr, after the command has
    printed them. Only what was signed before and is not in the ledger any more is an error. Where the receipts can't
    be printed, leaving the block says which entries were stored.
    """

    def __init__(self, ledger: Ledger, signer: Signer | None, unsigned: AimsError | None = None) -> None:
        self.ledger = ledger
        self._signer = signer
        self._unsigned = unsigned
        self._failure: AimsError | None = None
        self._stored: list[int] = []

    def append(self, lines: Sequence[bytes]) -> list[Receipt]:
        """The receipts of `lines`, checkpointed where that was possible."""
        return self.sign(self.ledger.append(lines))

    def sign(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """`receipts` of what was just stored, after a checkpoint was signed."""
        self._stored += [receipt.index for receipt in receipts]
        if self._signer is None or not receipts:
            self._failure = self._unsigned if receipts else None
            return list(receipts)
        from ledger import Ledger

        try:
            with Ledger.open(self.ledger.path, checkpoint_signer=self._signer, state=state_folder()) as signing:
                signing.checkpoint()
        except AimsError as error:
            self._failure = error
            return list(receipts)
        return [replace(receipt, state="checkpointed") for receipt in receipts]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ledger.close()
        failed = NotSigned(self._failure) if self._failure is not None else None
        if isinstance(error, OutputFailed) and self._stored:
            if failed is not None:
                note(f"aims: {failed}")
            raise OutputFailed(f"stored as {_entries(self._stored)}, but {error}") from error
        if failed is not None and error is None:
            if failed.exit_code:
                raise failed from self._failure
            note(f"aims: {failed}")


def _entries(places: Sequence[int]) -> str:
    """Places in words: ``entry 6``, ``entries 6 to 8``, or all of them where they are no run."""
    first, last = places[0], places[-1]
    if first == last:
        return f"entry {first}"
    if list(places) == list(range(first, last + 1)):
        return f"entries {first} to {last}"
    return f"entries {', '.join(map(str, dict.fromkeys(places)))}"


def open_for_reading(location: str | None) -> Ledger:
    """The ledger at `location` or the one the environment names; nothing in it will be changed.

    Raises:
        BadInput, StoreError: if there is none that can be read.
    """
    from ledger import Ledger

    return Ledger.open(ledger_location(location), read_only=True, state=state_folder())


def open_for_appending(location: str | None, keyring: Keyring, *, checkpoints: bool = True) -> Appending:
    """The ledger, and its checkpoint key if the key folder has it (opened before anything is stored).

    A token that is away, or does not open, keeps no entry from being stored: nobody is there to plug it in.

    Raises:
        BadInput, StoreError: if there is no ledger, or the file with the checkpoint key does not open.
    """
    from ledger import Ledger

    ledger = Ledger.open(ledger_location(location), state=state_folder())
    key = keyring.checkpoint_key(ledger.authority) if checkpoints else None
    if key is None or not keyring.can_open(key.name):
        return Appending(ledger, None)
    try:
        return Appending(ledger, keyring.signer(key.name))
    except (BadInput, StoreError) as error:
        if keyring.store.linked(key.name) is None:
            raise
        return Appending(ledger, None, error)
