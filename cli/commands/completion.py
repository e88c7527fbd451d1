"""`aims completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from cli.lazy import aims_command
from cli.screen import out

SHELLS = ("bash", "zsh", "fish")


@aims_command(
    "completion",
    examples=(
        ("for this session of bash", 'eval "$(aims completion bash)"'),
        ("for every session of fish", "aims completion fish > ~/.config/fish/completions/aims.fish"),
    ),
    exits=(0, 2),
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    SHELL is bash, zsh or fish.
    """
    from cli.main import aims

    script = get_completion_class(shell)
    assert script is not None, "click knows these three"
    out(script(aims, {}, "aims", "_AIMS_COMPLETE").source())
