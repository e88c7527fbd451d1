"""Builds the distribution from a copy of the checkout, so that no build/ appears in it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Built:
    """A source distribution and the wheel built from it."""

    sdist: Path
    wheel: Path


def project_files() -> tuple[Path, ...]:
    """Returns what a clean clone would hold after a commit of everything, relative to the root."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        found = {Path(name) for name in listed.split("\0") if name}
    else:  # an unpacked source distribution
        everything = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        found = {path for path in everything if not path.parts[0].startswith(".") and "__pycache__" not in path.parts}
    # git still lists what was deleted and not committed.
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def build(into: Path, *, epoch: int) -> Built:
    """Returns the distributions, built the way a release is: sdist first, the wheel from its contents."""
    source = into / "source"
    for path in project_files():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, source / path)
    run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(into / "dist"), str(source)],
        cwd=into,
        extra={"SOURCE_DATE_EPOCH": str(epoch)},
    )
    (sdist,) = (into / "dist").glob("*.tar.gz")
    (wheel,) = (into / "dist").glob("*.whl")
    return Built(sdist, wheel)


def run(command: list[str], *, cwd: Path, extra: dict[str, str]) -> str:
    """Returns the standard output of a command that ended well; otherwise fails with all that it said."""
    done = subprocess.run(command, cwd=cwd, env=os.environ | extra, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
