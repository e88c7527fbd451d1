"""A pack of one document about a system, written for one test."""

from pathlib import Path
from typing import Any

import yaml

from docgen.gaps import gaps
from docgen.packs import Pack, load_pack
from docgen.requirements import RequirementStatus
from tests.docgen.builders import SYSTEM, VERSION, HandLedger

TEMPLATE = """\
{% for p in points.values() %}
# {{ p.title }} {id={{ p.id }}}

::: status word="{{ p.status }}"
{{ p.reason }} {{ cite(p.entries) }}
:::
{% endfor %}
# Register

| Entry | Kind |
|---|---|
{% for row in register_rows(cited()) %}
| {% for e in row.entries %}{{ register(e) }} {% endfor %} | {{ row.kind }} |
{% endfor %}
"""


def make_pack(
    folder: Path,
    needs: list[dict[str, Any]] | dict[str, list[dict[str, Any]]],
    *,
    data: str = "",
    template: str = TEMPLATE,
    texts: str = "",
    about: str = "system",
    languages: tuple[str, ...] = ("en",),
) -> Pack:
    """The pack, whose points are P-1 or the keys of `needs`."""
    points = needs if isinstance(needs, dict) else {"P-1": needs}
    home = folder / "mini"
    (home / "texts").mkdir(parents=True, exist_ok=True)
    named = ", ".join(f'"{language}"' for language in languages)
    (home / "pack.toml").write_text(
        f'[pack]\nformat = 1\nid = "mini"\nversion = "1"\ntitle = "Mini"\ndescription = "d"\nlanguages = [{named}]\n'
        f'[[document]]\nid = "doc"\ntemplate = "doc.md.j2"\ntitle = "Doc"\nsubtitle = "S"\nabout = "{about}"\n'
        f'points = "points.yaml"\n[document.data]\n{data}'
    )
    listed = [
        {"id": point, "cite": f"point {point}", "title": f"Title {point}", "requirement": "asked", "needs": asked}
        for point, asked in points.items()
    ]
    (home / "points.yaml").write_text(yaml.safe_dump({"point": listed}))
    (home / "doc.md.j2").write_text(template)
    ids = {need["id"] for asked in points.values() for need in asked if "id" in need}
    words = "".join(f'"{one}" = "words of {one}"\n' for one in sorted(ids))
    for language in languages:
        (home / "texts" / f"{language}.toml").write_text(f"{texts}\n[need]\n{words}")
    return load_pack(home)


def judge(pack: Pack, ledger: HandLedger, version: str = VERSION, language: str = "en") -> RequirementStatus:
    """The status of the first point."""
    about = pack.document("doc").about
    if about == "organisation":
        return gaps(ledger, pack, "doc", language=language)[0]
    return gaps(ledger, pack, "doc", system=SYSTEM, version=version, language=language)[0]
