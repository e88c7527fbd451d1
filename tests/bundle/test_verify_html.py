"""verify.html in a real Chromium: offline, for people, and never sound where the browser can't check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.bundle.judges import Browser, agree, browser, by_program
from tests.bundle.primitives import OFFLINE
from tests.bundle.samples import Samples
from tests.bundle.spoil import Case, replaced
from tests.bundle.spoil_entries import draft, told
from tests.bundle.workshop import ATTACHED, Places, bundle, decision, full
from tests.bundle.zipping import Packed, pack
from tests.programs import program

SOURCE = OFFLINE.joinpath("verify.html").read_text()
SOUND = Case("sound", full().zip())


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(program("chromium"), tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "page" in request.fixturenames:
        request.getfixturevalue("page").page.reload()


def text(page: Browser, where: str) -> str:
    return page.page.inner_text(where)


# The file


def test_the_page_is_one_file_that_may_not_connect_anywhere() -> None:
    policy = re.search(r'Content-Security-Policy"\s+content="([^"]*)"', SOURCE)
    assert policy is not None

    assert set(policy[1].split("; ")) == {
        "default-src 'none'", "script-src 'unsafe-inline'", "style-src 'unsafe-inline'", "base-uri 'none'",
        "form-action 'none'",
    }  # fmt: skip
    assert not re.search(
        r"<link|<img|<iframe|\bsrc=|@import|\burl\(|\bfetch\(|XMLHttpRequest|WebSocket|\beval\(", SOURCE
    )
    assert "innerHTML" not in SOURCE


def test_the_page_names_every_part_for_people_who_do_not_see_it(page: Browser) -> None:
    page.judge(SOUND)

    unnamed = page.page.evaluate("() => [...document.querySelectorAll('input')].filter(i => !i.labels.length).length")
    assert unnamed == 0
    assert page.page.get_attribute("html", "lang") == "en"
    assert page.page.get_attribute("#progress", "role") == "status"
    assert page.page.evaluate("() => document.querySelectorAll('th[scope=col]').length") == 3


# What it shows


def test_a_sound_bundle_is_said_to_be_sound_in_words(page: Browser) -> None:
    assert page.judge(SOUND).exit_code == 0

    assert "SOUND" in text(page, "#verdict")
    assert "NOT" not in text(page, "#verdict .word")
    assert "seen by the witnesses" in text(page, "#proves")
    assert "not a conformity assessment" in text(page, "main").replace("\n", " ")
    assert "credit-scoring (number 0 to 13)" in text(page, "#facts")


def test_a_spoiled_bundle_is_said_not_to_be_sound_with_each_finding(page: Browser) -> None:
    spoiled = Case("spoiled", full(files=replaced("proof.bin", lambda proof: proof[:-1])).zip())

    assert page.judge(spoiled).exit_code == 1

    assert "NOT SOUND" in text(page, "#verdict")
    assert "altered\tproof" in text(page, "#findings")
    first = page.page.evaluate("() => document.querySelector('#findings tbody td').textContent")
    assert first == "altered"  # before what is erased by right
    assert "Entry 14: ai_decision, credit-scoring" in text(page, "#entries")
    assert "— erased" in text(page, "#entries")
    assert text(page, "#proves").startswith("Nothing, as a whole")


def test_what_could_not_be_checked_is_not_called_sound_alone(page: Browser) -> None:
    assert page.judge(Case("withheld", bundle().zip())).exit_code == 4

    assert "AS FAR AS IT COULD BE CHECKED" in text(page, "#verdict")
    assert "withheld\tentry 13" in text(page, "#findings")


def test_what_is_no_bundle_shows_no_entries_and_no_facts(page: Browser) -> None:
    page.judge(SOUND)

    assert page.judge(Case("no bundle", b"PK")).exit_code == 2

    assert "NOT A BUNDLE" in text(page, "#verdict")
    assert text(page, "#facts") == text(page, "#entries") == ""


def test_another_choice_of_files_takes_the_old_result_away(page: Browser) -> None:
    page.judge(SOUND)

    page.page.set_input_files("#bundle", [])

    assert page.page.is_hidden("#result")
    assert page.page.evaluate("() => window.aimsReport") is None


def test_entries_are_shown_opened_and_as_text_only(page: Browser) -> None:
    markup = '<img src="x" onerror="window.taken = 1"><script>window.taken = 2</script>'
    case = told("markup", draft(Places.first, lambda d: d.event.update(data={**decision(1), "decision_id": markup})))
    page.judge(case)

    for _ in range(2):
        page.page.evaluate("() => document.querySelectorAll('#entries details').forEach(d => { d.open = !d.open; })")
    page.page.evaluate("() => document.querySelectorAll('#entries details').forEach(d => { d.open = true; })")
    page.page.wait_for_selector("#entries details pre")

    assert page.page.evaluate("() => document.querySelectorAll('#entries img, #entries script').length") == 0
    assert page.page.evaluate("() => window.taken") is None
    assert '<img src=\\"x\\"' in text(page, "#entries")
    assert "Ann 12 Exämple" in text(page, "#entries")


def test_the_report_for_programs_is_on_the_page_too(page: Browser) -> None:
    report = page.report(SOUND)

    shown = page.page.evaluate("() => JSON.parse(document.getElementById('report').textContent)")

    assert shown == {name: report[name] for name in ("exit_code", "findings", "size", "root", "origin")}


# What is too long


def test_an_attachment_that_the_page_can_not_hold_is_not_checked_and_said(page: Browser) -> None:
    name = f"file attachments/{sha256(ATTACHED).hexdigest()}"
    page.page.evaluate(f"() => {{ mostHeld = {len(ATTACHED) - 1}; }}")

    outcome = page.judge(Case("long", full(attachments=(ATTACHED,)).zip()))

    assert outcome.exit_code == 4
    assert ("not checked here", name) in outcome.found
    assert ("altered", name) not in outcome.found
    assert "more than this page takes; verify.py can check it" in text(page, "#findings")


def test_a_trust_file_without_end_is_refused_before_it_is_read(page: Browser) -> None:
    report = page.report(Case("long", full().zip(), b"#" * 1_000_001))

    assert (report["exit_code"], report["error"]) == (2, "trust file: 1000001 bytes, at most 1000000")
    assert "at most 1000000" in text(page, "#verdict")


def test_a_bundle_that_is_too_long_or_can_not_be_held_is_refused_in_words(page: Browser) -> None:
    def says(file: str) -> str:
        return str(page.page.evaluate(f"async () => (await verify({file}, null, () => 0))[0].error"))

    assert says("{ size: 2 ** 32 }") == "zip: 4294967296 bytes, at most 4294967295"
    assert "more than this browser holds; verify.py" in says("{ size: 9, arrayBuffer: async () => { throw 1; } }")


def test_a_bomb_is_not_inflated_beyond_what_its_header_says(page: Browser) -> None:
    def lie(members: list[Packed]) -> None:
        members[1].data, members[1].size = bytes(50_000_000), 60_000

    page.judge(SOUND)
    report = page.report(Case("bomb", pack(full().make(), lie)))

    assert report["exit_code"] == 2
    assert re.fullmatch(r"zip: \S+: longer than it says", report["error"])
    assert "longer than it says" in text(page, "#verdict")


# A browser without Ed25519


def test_a_browser_without_ed25519_never_passes_and_says_why(page: Browser) -> None:
    page.page.evaluate("() => { edSupport = Promise.resolve(false); }")

    outcome = page.judge(SOUND)

    assert outcome.exit_code == 4
    assert ("not checked here", "signatures") in outcome.found
    assert "no Ed25519" in text(page, "#findings")


def test_a_browser_whose_ed25519_takes_everything_is_not_believed(page: Browser) -> None:
    page.page.evaluate("() => { edSupport = undefined; crypto.subtle.verify = async () => true; }")

    assert ("not checked here", "signatures") in page.judge(SOUND).found


def test_a_browser_without_ed25519_still_finds_what_hashes_tell(page: Browser) -> None:
    page.page.evaluate("() => { edSupport = Promise.resolve(false); }")

    spoiled = Case("spoiled", full(files=replaced("proof.bin", lambda proof: bytes(len(proof)))).zip())

    assert page.judge(spoiled).exit_code == 1


# Bundles of real ledgers


def test_bundles_of_the_program_are_judged_alike(
    samples: Samples, bundles: dict[str, Path], page: Browser, tmp_path: Path
) -> None:
    for name, path in bundles.items():
        for trust in (samples.trust(), None):
            case = Case(name, path.read_bytes(), trust)
            ours, inner = by_program(case, tmp_path), page.judge(case)

            assert agree(ours, inner), f"{name}: program {ours}, verify.html {inner}"


def test_a_flood_of_findings_is_shown_in_part_and_counted(page: Browser) -> None:
    """Thousands of rows as arguments of one call would exhaust the stack of the page."""
    line = b'{"note":"","proof":[],"timestamps":[]}\n'
    case = Case("flood", full(files=replaced("history.jsonl", lambda data: line * 9_000)).zip())

    report = page.report(case)

    assert report["exit_code"] == 1
    assert "internal" not in report
    assert report["more_findings"] >= 8_000
    assert f"and {report['more_findings']} more" in text(page, "#findings")
    assert "said to be complete: " in text(page, "#facts")


def test_one_line_more_than_the_history_may_have_is_no_bundle(page: Browser) -> None:
    line = b'{"note":"","proof":[],"timestamps":[]}\n'

    assert (
        page.report(Case("lines", full(files=replaced("history.jsonl", lambda data: line * 10_001)).zip()))["exit_code"]
        == 2
    )


def test_a_result_that_can_not_be_shown_is_called_a_failure_of_the_page(page: Browser) -> None:
    page.page.evaluate("() => { window.keptFacts = facts; facts = () => { throw new Error('no facts'); }; }")
    report = page.report(Case("sound", full().zip()))
    page.page.evaluate("() => { facts = window.keptFacts; }")

    assert report["internal"]
    assert "THIS PAGE FAILED" in text(page, "#verdict")


def test_two_zips_dropped_at_once_are_not_verified_and_it_says_so(page: Browser) -> None:
    page.page.evaluate("""() => {
        const data = new DataTransfer();
        for (const name of ["a.zip", "b.zip"]) data.items.add(new File(["x"], name));
        dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
    }""")

    assert "one bundle is verified at a time" in text(page, "#progress")


def test_a_pin_given_as_trust_file_is_called_a_pin(page: Browser) -> None:
    report = page.report(Case("pin", full().zip(), b'{"origin":"x"}\n'))

    assert report["exit_code"] == 2
    assert "aims checkpoint --pin" in report["error"]
