"""The three verifiers of bundles behind one face: the program, the Python file, the page in a real Chromium."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from playwright.sync_api import Page, sync_playwright

from ledger.bundle import verify_bundle
from ledger.errors import BadInput, FormatError
from ledger.trust import parse_trust_policy
from tests.bundle.primitives import OFFLINE
from tests.bundle.spoil import Case

NOT_CHECKED = "not checked here"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a verifier says of a case; findings are (verdict, place)."""

    exit_code: int
    found: frozenset[tuple[str, str]] = frozenset()
    size: int | None = None
    root: str | None = None
    origin: str | None = None

    def __str__(self) -> str:
        return f"{self.exit_code} {sorted(self.found)}"


def by_program(case: Case, folder: Path) -> Outcome:
    """What `ledger.bundle.verify_bundle` says."""
    path = folder / "bundle.zip"
    path.write_bytes(case.zip)
    try:
        trust = None if case.trust is None else parse_trust_policy(case.trust)
        report = verify_bundle(path, trust)
    except (FormatError, BadInput):
        return Outcome(2)
    found = frozenset((finding.verdict.value, str(finding.place)) for finding in report.findings)
    return Outcome(report.exit_code, found, report.size, report.root.hex(), report.origin)


def load_verifier() -> ModuleType:
    """The file verify.py, loaded as what it is: a file of its own."""
    spec = importlib.util.spec_from_file_location("bundle_verifier", str(OFFLINE.joinpath("verify.py")))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def by_file(verifier: ModuleType, case: Case) -> Outcome:
    """What verify.py says, called below its command line."""
    try:
        try:
            trust = None if case.trust is None else verifier.Trust(case.trust)
        except verifier.Bad:
            return Outcome(2)
        judge = verifier.Judge(verifier.ZipFiles(case.zip), trust)
        judge.run()
    except verifier.BadInput:
        return Outcome(2)
    manifest = judge.manifest
    return Outcome(judge.exit_code, frozenset(judge.found), manifest.size, manifest.root, manifest.origin)


@dataclass
class Browser:
    """The page verify.html, open in one browser session and fed with files as a person would."""

    page: Page
    runs: int = 0

    def judge(self, case: Case) -> Outcome:
        """What the page says."""
        report = self.report(case)
        assert "internal" not in report, f"{case.name}: {report['error']}"
        found = frozenset((finding["verdict"], finding["place"]) for finding in report["findings"])
        return Outcome(report["exit_code"], found, report["size"], report["root"], report["origin"])

    def report(self, case: Case) -> dict[str, Any]:
        """`window.aimsReport` after both files were chosen."""
        self.runs += 1
        name = f"{self.runs}.zip"
        trust = [] if case.trust is None else [_file(f"{self.runs}.policy", case.trust)]
        self.page.set_input_files("#bundle", [])
        self.page.set_input_files("#trust", trust)
        self.page.set_input_files("#bundle", _file(name, case.zip))
        wait = """name => new Promise(done => {
            const look = () => window.aimsReport?.bundle === name ? done(window.aimsReport) : setTimeout(look, 2);
            look();
        })"""
        report: dict[str, Any] = self.page.evaluate(wait, name)
        assert report["trust"] == (f"{self.runs}.policy" if trust else None)
        return report


def _file(name: str, data: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


@contextmanager
def browser(chromium: str, profile: Path) -> Iterator[Browser]:
    """The page, loaded once; any request that it makes, and any error in it, fails the test."""
    unwanted: list[str] = []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, headless=True, args=list(FLAGS), offline=True
        )
        page = context.new_page()
        page.on("pageerror", lambda error: unwanted.append(str(error)))
        page.on("console", lambda message: unwanted.append(message.text))
        page.goto(Path(str(OFFLINE.joinpath("verify.html"))).as_uri())
        page.on("request", lambda request: None if request.url == page.url else unwanted.append(request.url))
        yield Browser(page)
        context.close()
    assert not unwanted, unwanted


def agree(ours: Outcome, inner: Outcome) -> bool:
    """Whether an inner verifier says the same, or `not checked here` where ours says more; never that it is sound."""
    if ours == inner:
        return True
    open_places = {place for verdict, place in inner.found if verdict == NOT_CHECKED}

    def rest(outcome: Outcome) -> set[tuple[str, str]]:
        return {(verdict, place) for verdict, place in outcome.found if place not in open_places}

    same = (ours.size, ours.root, ours.origin) == (inner.size, inner.root, inner.origin)
    return bool(open_places) and same and rest(ours) == rest(inner) and inner.exit_code in (1, 4)
