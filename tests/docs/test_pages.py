"""Links lead somewhere, decisions have their parts, and the words are ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages, prose, read

# Made on a machine that has the example's output; the rest of the page does not wait for it.
GENERATED = {Path("docs/images"), Path("docs/cli.md"), Path("docs/benchmarks.md")}
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
# What nobody can promise, what is not so, and what says nothing. Whole words, in any case.
FORBIDDEN = (
    "tamper-proof", "tamperproof", "unhackable", "unbreakable", "bulletproof", "military-grade", "blockchain",
    "ensures compliance", "guarantees compliance", "fully compliant", "legally binding", "court-proof",
    "seamless", "seamlessly", "effortless", "effortlessly", "blazing", "blazingly", "revolutionary", "game-changing",
    "cutting-edge", "state-of-the-art", "world-class", "best-in-class", "leverage", "leverages", "empower", "empowers",
    "simply", "delve",
)  # fmt: skip


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = sum(1 for other in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", other))
        found.add(f"{slug}-{number}" if number else slug)
    return found


def links() -> list[tuple[Path, str]]:
    """(page, target) of every link and picture that stays in the project."""
    pattern = re.compile(r"\]\(([^)\s]+)\)")
    found = [(page, target) for page in pages() for target in pattern.findall(prose(page))]
    return [(page, target) for page, target in found if not target.startswith(("https://", "mailto:"))]


@pytest.mark.parametrize(("page", "target"), links(), ids=str)
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page: Path, target: str) -> None:
    name, _, anchor = target.partition("#")
    linked = Path((ROOT / page.parent / name).resolve().relative_to(ROOT)) if name else page

    made_later = any(linked == later or later in linked.parents for later in GENERATED)
    assert made_later or (ROOT / linked).exists(), f"{page} links to {linked}, which does not exist"
    if anchor:
        assert anchor in anchors(linked), f"{page} links to {linked}#{anchor}"


def test_links_to_the_outside_are_encrypted_and_need_no_login() -> None:
    outside = {url for page in pages() for url in re.findall(r"\b[a-z]+://[^\s)>`\"']+", prose(page))}

    allowed = ("https://www.rfc-editor.org/", "https://c2sp.org", "https://keepachangelog.com/", "https://semver.org/")
    assert [
        url for url in sorted(outside) if not url.startswith((*allowed, "https://bank.example/", "sqlite://"))
    ] == []


@pytest.mark.parametrize("page", pages(), ids=str)
def test_no_page_promises_too_much_or_names_a_machine(page: Path) -> None:
    text = read(page)

    found = [word for word in FORBIDDEN if re.search(rf"\b{re.escape(word)}\b", prose(page), re.IGNORECASE)]
    paths = re.findall(r"(?<![\w.>])/(?:home|root|tmp|work|Users)/\S*", text)
    assert (found, paths) == ([], [])


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_and_what_gets_worse_on_less_than_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    number = int(path.name[:4])
    assert text.startswith(f"# {number}. ")
    assert [part for part in ("**Context.**", "**Outcome.**", "**What gets worse.**") if part not in text] == []
    assert len(text.split()) < 400


def test_the_list_of_decisions_has_each_with_its_title() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", read("docs/adr/README.md"), re.MULTILINE)

    assert [name for _, name, _ in listed] == [path.name for path in DECISIONS]
    assert [int(number) for number, _, _ in listed] == list(range(1, len(DECISIONS) + 1))
    titles = [path.read_text(encoding="utf-8").splitlines()[0].split(". ", 1)[1] for path in DECISIONS]
    assert [title for _, _, title in listed] == titles


def test_the_limits_of_the_product_are_said_where_people_look() -> None:
    for page in ("README.md", "SECURITY.md"):
        text = " ".join(read(page).split())
        assert "Article 12" in text
        assert "tamper-evidence" in text
        assert "conformity assessment" in text


def test_the_changelog_has_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)

    assert version is not None
    assert f"## [{version[1]}]" in read("CHANGELOG.md")


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", *(f"docs/adr/{p.name}" for p in DECISIONS)])
def test_every_file_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`((?:[a-z_0-9]+/)*[a-z_0-9]+(?:\.py|/))`", prose(page))

    missing = [name for name in named if not any((ROOT / top / name).exists() for top in ("", "ledger"))]

    assert missing == []
