"""The program `aims`: its commands, and what every error becomes.

Errors raised on purpose (`ledger.errors.AimsError`) and wrong use (click's) become one line on stderr and an
exit code; anything else is a bug and keeps its traceback. 130 says that the person interrupted, 141 that the
reader of the output went away.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from cli.lazy import LazyGroup, Listed
from cli.screen import note, silence
from ledger.errors import AimsError

WRONG_USE: Final = 2
INTERRUPTED: Final = 128 + 2
READER_GONE: Final = 128 + 13

SECTIONS: Final = {
    "Start": (
        Listed("init", "cli.commands.init", "Create a ledger, its first administrator and its checkpoint key."),
        Listed("key", "cli.commands.key", "Make, enrol, rotate, revoke and list signing keys."),
        Listed("demo", "cli.commands.demo", "Replay a recorded story and build its two documents."),
    ),
    "Record": (
        Listed("record", "cli.commands.record", "Sign and append one entry."),
        Listed(
            "import",
            "cli.commands.imports",
            "Record what stands in a spreadsheet: risks, systems, suppliers, training.",
            "import_entries",
        ),
        Listed("classify", "cli.commands.classify", "Classify a system under the EU AI Act, and record every answer."),
        Listed("soa", "cli.commands.soa", "Declare controls: the rows of the statement of applicability."),
        Listed("append", "cli.commands.append", "Append envelopes that were signed elsewhere."),
        Listed("checkpoint", "cli.commands.checkpoint", "Sign what the ledger is now."),
        Listed("anchor", "cli.commands.anchor", "Have witnesses and authorities vouch for the newest checkpoint."),
        Listed("erase", "cli.commands.erase", "Delete personal values, with a signed reason that stays."),
    ),
    "Look": (
        Listed("log", "cli.commands.log", "List entries, the newest first."),
        Listed("show", "cli.commands.show", "Show one entry."),
        Listed("schema", "cli.commands.schema", "List the kinds of entries, or print the JSON Schema of one."),
    ),
    "Hand over": (
        Listed("receipt", "cli.commands.receipt", "Hand over one entry with the proof that it is in the ledger."),
        Listed("prove", "cli.commands.prove", "Make proofs that anyone can check without this ledger."),
        Listed("bundle", "cli.commands.bundle", "Hand over a part of the ledger that others can check without it."),
        Listed("export", "cli.commands.export", "Write the ledger as files for other people's tools."),
    ),
    "Check": (
        Listed("verify", "cli.commands.verify", "Check everything that can be checked, from the bytes."),
        Listed("monitor", "cli.commands.monitor", "Verify what is new, again and again, and raise an alarm."),
        Listed("status", "cli.commands.status", "Say how the ledger is, and when it was last verified."),
    ),
    "Watch": (
        Listed("witness", "cli.commands.witness", "Be a witness for the ledgers of others (C2SP tlog-witness)."),
    ),
    "Documents": (Listed("docs", "cli.commands.docs", "Build documents from the ledger, and list their gaps."),),
    "Shell": (Listed("completion", "cli.commands.completion", "Print the completion script of a shell."),),
}


@click.group(
    "aims",
    cls=LazyGroup,
    sections=SECTIONS,
    examples=(
        ("a ledger in this folder", 'aims init evidence.db --name bank.example/aims --founder "Example Bank"'),
        ("what happened last", "aims log -n 5"),
        ("check it all", "aims verify"),
    ),
    exits=(0, 1, 2, 3, 4, 5),
)
@click.version_option(None, "--version", package_name="aims-ledger", message="aims-ledger %(version)s")
def aims() -> None:
    """The evidence ledger of an AI management system: signed entries, checkable by strangers.

    Which ledger is meant: --ledger, else the variable AIMS_LEDGER, else `ledger` in the file .aims.toml of
    this folder or one above it. The file may also name `system`, `keys` and `state`. Keys lie in AIMS_KEYS,
    what verification remembers in AIMS_STATE; a passphrase comes from AIMS_PASSPHRASE, --passphrase-file, or
    is asked for.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of `aims` run with `arguments` (those of the process, if not given)."""
    _tolerate_narrow_encodings()
    try:
        completing = os.environ.get("_AIMS_COMPLETE")
        if completing:
            from click.shell_completion import shell_complete

            return shell_complete(aims, {}, "aims", "_AIMS_COMPLETE", completing)
        with aims.make_context("aims", list(sys.argv[1:] if arguments is None else arguments)) as context:
            aims.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "aims"
        note(f"{path}: {error.format_message().removesuffix('.')}; '{path} --help' shows how")
        return WRONG_USE
    except click.ClickException as error:
        note(f"aims: {error.format_message()}")
        return WRONG_USE
    except AimsError as error:
        note(f"aims: {error}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        note("aims: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        silence()
        return READER_GONE
    return 0


def _tolerate_narrow_encodings() -> None:
    """Let a terminal that can't show a character get an escape instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    raise SystemExit(main())
