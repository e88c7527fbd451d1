"""Bodies of documents, standards, certificates, human text and publications."""

from typing import Any

import pytest

from tests.kinds.bodies import REMOVED, SD, A, B, C, accept, changed, refuse

Json = dict[str, Any]

MINIMAL: dict[str, Json] = {
    "document": {"document_id": "P-1", "document_type": "policy", "title": "AI policy", "version": "1"},
    "standard_applied": {"standard": "EN 18286", "extent": "part"},
    "certificate": {
        "number": "AI-0042", "certificate_type": "ai_management_system", "state": "issued", "body": "Cert GmbH",
    },
    "narrative": {"document": "eu-technical-documentation", "section": "1-a", "language": "en", "text": ""},
    "publication": {"document": "soa", "version": "3", "language": "en", "state": "draft"},
}  # fmt: skip

FULL: dict[str, Json] = {
    "document": MINIMAL["document"]
    | {
        "language": "de-AT",
        "translation_of": "en",
        "number": "QM-07",
        "status": "in_force",
        "owner": "board",
        "author": {"id": "p-2", "_sd": [SD]},
        "effective_from": "2026-02-01",
        "reviewed_on": "2026-11-20",
        "review_outcome": "confirmed",
        "review_due": "2027-11-20",
        "requirements": ["A.2.2", "Art17-1-a"],
        "related": [{"document": "P-privacy", "version": "4", "place": "5.1", "gap": "Retention differs."}],
        "audience": ["staff", "public"],
        "distribution": ["intranet"],
        "location": "https://example.org/p-1",
        "keep_until": "2037-11-20",
        "artefacts": [
            {"name": "policy.pdf", "role": "document", "digest": A, "size": 1234,
             "media_type": "application/pdf", "attached": True, "salted": False}
        ],
    },
    "standard_applied": MINIMAL["standard_applied"]
    | {
        "edition": "2026",
        "standard_type": "harmonised",
        "parts": ["4 to 9"],
        "requirements": ["Art17-1-e"],
        "cited_in_oj": False,
        "checked_on": "2026-11-23",
        "reason": "Clause 10 is covered by the bank's own rules.",
    },
    "certificate": MINIMAL["certificate"]
    | {
        "party": "cert-gmbh",
        "procedure": "Stage 1 and stage 2",
        "issued_on": "2026-06-01",
        "valid_until": "2029-05-31",
        "conditions": ["Surveillance every year"],
        "statement_of_applicability": "SOA version 3",
    },
    "narrative": MINIMAL["narrative"]
    | {
        "text": "The system **advises**; a clerk decides.",
        "author": {"id": "p-5", "name": "Grace"},
        "base": A,
        "seen": [B, C],
        "seen_at": {"size": 41, "root": A},
        "source": "word_import",
    },
    "publication": MINIMAL["publication"]
    | {
        "state": "published",
        "number": "SOA-3",
        "content_digest": A,
        "files": [{"format": "docx", "digest": B, "size": 80123}],
        "checkpoint": {"size": 41, "root": C},
        "pack": {"name": "iso42001", "version": "1.0", "digest": A},
        "law_version": "ISO/IEC 42001:2023",
        "tools": {"aims-ledger": "0.1.0"},
        "audience": ["auditors"],
        "approvals": [B],
        "supersedes": "SOA-2",
        "prepared_by": {"id": "p-2"},
        "status_counts": {"provided": 30, "not-provided": 8},
    },
}  # fmt: skip

BAD: list[tuple[str, Json, str, str]] = [
    ("document", {"document_type": "poem"}, "document_type", "'poem'"),
    ("document", {"title": REMOVED}, "title", "missing"),
    ("document", {"language": "Deutsch"}, "language", "a language tag"),
    ("document", {"location": "intranet"}, "location", "an absolute URI"),
    ("document", {"related.0.document": REMOVED}, "related[0].document", "missing"),
    ("document", {"audience.0": "everyone"}, "audience[0]", "'everyone'"),
    ("document", {"artefacts.0.digest": "x"}, "artefacts[0].digest", "64 lower-case hex digits"),
    ("document", {"pages": 7}, "pages", "unknown member"),
    ("standard_applied", {"extent": "mostly"}, "extent", "'mostly'"),
    ("standard_applied", {"cited_in_oj": "no"}, "cited_in_oj", "true or false"),
    ("standard_applied", {"checked_on": "2026-11-31"}, "checked_on", "a date that exists"),
    ("certificate", {"body": REMOVED}, "body", "missing"),
    ("certificate", {"state": "good"}, "state", "'good'"),
    ("narrative", {"text": REMOVED}, "text", "missing"),
    ("narrative", {"text": "x" * 30001}, "text", "30001 characters"),
    ("narrative", {"base": ""}, "base", "64 lower-case hex digits"),
    ("narrative", {"seen.1": "c"}, "seen[1]", "64 lower-case hex digits"),
    ("narrative", {"seen_at.root": REMOVED}, "seen_at.root", "missing"),
    ("publication", {"content_digest": REMOVED}, "body", "content_digest: absent, expected with state 'published'"),
    ("publication", {"checkpoint": REMOVED}, "body", "checkpoint: absent, expected with state 'published'"),
    ("publication", {"files.0.format": "odt"}, "files[0].format", "'odt'"),
    ("publication", {"state": "final"}, "state", "'final'"),
    ("publication", {"status_counts.provided": -1}, "status_counts.provided", "at least 0"),
    ("publication", {"checkpoint.size": 41.5}, "checkpoint.size", "an integer"),
]  # fmt: skip


@pytest.mark.parametrize("kind", FULL)
def test_a_filled_in_body_is_taken(kind: str) -> None:
    accept(kind, FULL[kind])


@pytest.mark.parametrize("kind", MINIMAL)
def test_what_a_small_company_knows_on_the_first_day_is_enough(kind: str) -> None:
    accept(kind, MINIMAL[kind])


@pytest.mark.parametrize(("kind", "changes", "place", "words"), BAD)
def test_a_wrong_body_is_refused_at_its_place(kind: str, changes: Json, place: str, words: str) -> None:
    error = refuse(kind, changed(FULL[kind], changes))

    assert (error.place or "body") == place
    assert words in error.problem


@pytest.mark.parametrize("state", ["superseded", "withdrawn"])
def test_a_document_can_be_taken_back_without_naming_its_content_again(state: str) -> None:
    accept("publication", MINIMAL["publication"] | {"state": state, "reason": "New version."})
