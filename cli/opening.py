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
from ledger.errors import AimsError

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
    """Entries were stored, and then no checkpoint could be signed."""

    def __init__(self, error: AimsError) -> None:
        super().__init__(f"stored, but no checkpoint was signed: {error}")
        self.exit_code = 1 if error.exit_code == 1 else 3


class Appending:
    """A ledger open for appending; after an append a checkpoint is signed, if its key is here.

    A context manager. Where signing fails, the entries are stored all the same: their receipts say
    ``committed``, and leaving the block raises `NotSigned`, so that the command can print them first.
    """

    def __init__(self, ledger: Ledger, signer: Signer | None) -> None:
        self.ledger = ledger
        self._signer = signer
        self._failure: AimsError | None = None

    def append(self, lines: Sequence[bytes]) -> list[Receipt]:
        """The receipts of `lines`, checkpointed where that was possible."""
        return self.sign(self.ledger.append(lines))

    def sign(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """`receipts` of what was just stored, after a checkpoint was signed."""
        if self._signer is None or not receipts:
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
        if self._failure is not None and error is None:
            raise NotSigned(self._failure) from self._failure


def open_for_reading(location: str | None) -> Ledger:
    """The ledger at `location` or the one the environment names; nothing in it will be changed.

    Raises:
        BadInput, StoreError: if there is none that can be read.
    """
    from ledger import Ledger

    return Ledger.open(ledger_location(location), read_only=True, state=state_folder())


def open_for_appending(location: str | None, keyring: Keyring, *, checkpoints: bool = True) -> Appending:
    """The ledger, and its checkpoint key if the key folder has it (opened before anything is stored).

    Raises:
        BadInput, StoreError: if there is no ledger, or the checkpoint key does not open.
    """
    from ledger import Ledger

    ledger = Ledger.open(ledger_location(location), state=state_folder())
    key = None
    if checkpoints and keyring.can_open():
        key = keyring.checkpoint_key(ledger.authority, ledger.size)
    return Appending(ledger, keyring.signer(key.name) if key else None)
