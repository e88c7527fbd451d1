"""The bodies of the entries that change a document's state; whoever calls this signs and appends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any, Final

from docgen.build import BuiltDocument
from docgen.errors import DocgenError
from docgen.life.control import Control
from docgen.life.fold import AUDIENCES, Life, Version
from docgen.life.rules import PublishRules
from docgen.packdigest import pack_digest
from docgen.packs import Pack

__all__ = ["approval_body", "approved_body", "publication_body", "submission_body", "tools", "withdrawal_body"]

_TOOLS: Final = ("aims-ledger", "jinja2", "lxml", "markdown-it-py", "python-docx")
"""The programs whose versions decide about the bytes of a file."""


def submission_body(life: Life, built: BuiltDocument, pack: Pack, **said: str) -> dict[str, Any]:
    """That this content is up for review; `said` may name owner, number and change."""
    return _step(life, "in_review", life.next_version) | _content(built, pack) | {k: v for k, v in said.items() if v}


def approved_body(life: Life, built: BuiltDocument, pack: Pack) -> dict[str, Any]:
    """That this content, which was in no review, is being approved at once: it says what from it was built."""
    return _step(life, "approved", life.next_version) | _content(built, pack)


def approval_body(life: Life, digest: str, approves: str, title: str, decision: str, **said: Any) -> dict[str, Any]:
    """The answer to whether this content is approved; `approves` is the statement that put it up for review."""
    references = [{"rel": "approves", "statement": approves}] if approves else []
    return {
        "decision": decision,
        "scope": "document",
        "digest": digest,
        "document": life.document,
        "object": f"{title}, version {life.next_version}"[:300],
        **({"system_version": life.system_version} if life.system_version else {}),
        **({"references": references} if references else {}),
        **{name: value for name, value in said.items() if value},
    }


def publication_body(
    life: Life,
    built: BuiltDocument,
    pack: Pack,
    rules: PublishRules,
    control: Control,
    files: Sequence[Mapping[str, Any]],
    artefacts: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """That this version is published, in these files, which are kept as these artefacts."""
    line = control.history[-1]
    before = life.current
    return {
        **_step(life, "published", life.next_version),
        **_content(built, pack),
        "files": [dict(file) for file in files],
        "artefacts": [dict(artefact) for artefact in artefacts],
        "tools": tools(),
        "retention": rules.retention,
        "issued_on": line.on,
        "status_counts": {word.replace(" ", "-"): count for word, count in sorted(built.summary.counts.items())},
        **({"approvals": [one.entry.statement for one in life.approvals]} if life.approvals else {}),
        **_said(number=control.number, owner=control.owner),
        **({"supersedes": f"{control.number} version {before.version}".strip()[:300]} if before is not None else {}),
        **({"change": line.change} if line.change else {}),
        **({"review_due": control.review_due} if control.review_due else {}),
    }


def withdrawal_body(life: Life, version: Version | None, reason: str) -> dict[str, Any]:
    """That a published version, or what is in review, is withdrawn.

    Raises:
        DocgenError: there is nothing to withdraw.
    """
    if version is None and life.pending is None:
        raise DocgenError(
            f"document {life.document}: nothing of it is in review or published", remedy="'aims docs status' tells"
        )
    body = _step(life, "withdrawn", version.version if version is not None else life.next_version)
    if version is not None:
        ended = version.ended_by
        own = ended is not None and ended.data["version"] == version.version
        last = ended if ended is not None and own else version.entry
        body["references"] = [{"rel": "supersedes", "statement": last.statement}]
    return body | {"reason": reason}


def tools() -> dict[str, str]:
    """The programs that make the files, with their versions."""
    found = {}
    for name in _TOOLS:
        try:
            found[name] = installed_version(name)
        except PackageNotFoundError:  # built into an application, which has no metadata
            found[name] = "unknown"
    return found


def _step(life: Life, state: str, version: str) -> dict[str, Any]:
    return {
        "document": life.document,
        "version": version,
        "language": life.language,
        "state": state,
        "audience": [AUDIENCES[life.audience]],
        **({"system_version": life.system_version} if life.system_version else {}),
        # The last word on a version stands; the ones before it are history and no contradiction.
        **({"references": [{"rel": "supersedes", "statement": life.step.statement}]} if life.step else {}),
    }


def _content(built: BuiltDocument, pack: Pack) -> dict[str, Any]:
    checkpoint = built.checkpoint
    return {
        "content_digest": built.content_digest,
        "checkpoint": {"size": checkpoint.size, "root": checkpoint.root.hex()},
        "pack": {"name": pack.id, "version": pack.version, "digest": pack_digest(pack)},
        **_said(
            title=built.info.title, law_version="; ".join(f"{line.title}, {line.version}" for line in built.info.basis)
        ),
    }


def _said(**texts: str) -> dict[str, str]:
    """The texts that say something, as long as a name may be."""
    return {name: text[:300] for name, text in texts.items() if text.strip()}
