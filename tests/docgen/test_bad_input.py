"""Packs and pictures that are not what they should be: one clear error each, and nothing is written over."""

import struct
from pathlib import Path

import pytest

from cli.documents import Wanted, build_file
from docgen import pictures
from docgen.build import build_document
from docgen.errors import DocgenError, PackError, TemplateError
from docgen.packs import available_packs, find_pack, load_pack
from docgen.pictures import MAX_BYTES, MAX_PIXELS, Picture, pixel_size
from docgen.tree import Body, Figure
from docgen.word import write_word
from tests.docgen import samples
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, system_body
from tests.docgen.minipack import TEMPLATE, make_pack

NEEDS = {"P-1": [{"id": "n", "kind": "risk"}], "P-2": [{"id": "n", "kind": "risk"}]}


def ledger() -> HandLedger:
    made = HandLedger()
    made.add("ai_system", system_body())
    return made


def build(pack: object) -> None:
    build_document(ledger(), pack, "doc", system=SYSTEM, version=VERSION)  # type: ignore[arg-type]


class TestPacks:
    def test_a_point_without_a_section_is_named(self, tmp_path: Path) -> None:
        template = TEMPLATE.replace("{% for p in points.values() %}", '{% for p in [points["P-1"]] %}')

        with pytest.raises(
            PackError, match=r"^pack mini: document doc: 0 sections answer P-2, expected one; give one hea"
        ):
            build(make_pack(tmp_path, NEEDS, template=template))

    def test_a_requirement_that_the_pack_does_not_have_is_named_with_its_line(self, tmp_path: Path) -> None:
        template = TEMPLATE + '\n{{ points["P-3"].title }}\n'

        with pytest.raises(TemplateError, match=r"doc\.md\.j2, line \d+: .*P-3"):
            build(make_pack(tmp_path, NEEDS, template=template))

    def test_a_population_that_is_not_the_points_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(PackError, match="P-9"):
            build(make_pack(tmp_path, NEEDS, data='requirements = ["P-1", "P-2", "P-9"]\n'))

    @pytest.mark.parametrize("template", ['{% include "doc.md.j2" %}', '{% import "doc.md.j2" as m %}{{ m.x() }}'])
    def test_templates_that_include_each_other_in_a_circle_are_refused(self, tmp_path: Path, template: str) -> None:
        with pytest.raises(TemplateError, match=r"^mini/doc\.md\.j2"):
            build(make_pack(tmp_path, NEEDS, template=template))

    @pytest.mark.parametrize(
        ("points", "said"),
        [
            ("point: &p\n- *p\n", "a value lies inside itself, or deeper than 64 levels"),
            (f"point: {'[' * 70}{']' * 70}\n", "a value lies inside itself, or deeper than 64 levels"),
            (
                "\n".join(["a0: &a0 [x]", *(f"a{n + 1}: &a{n + 1} [{f'*a{n}, ' * 10}]" for n in range(9))]),
                r"\d+ values, expected at most 1000000",
            ),
        ],
    )
    def test_yaml_that_has_no_end_or_means_more_than_a_memory_holds_is_refused(
        self, tmp_path: Path, points: str, said: str
    ) -> None:
        make_pack(tmp_path, NEEDS)
        (tmp_path / "mini" / "points.yaml").write_text(points)

        with pytest.raises(PackError, match=rf"^pack mini: points\.yaml: {said}"):
            load_pack(tmp_path / "mini")

    def test_an_alias_that_saves_typing_is_no_error(self, tmp_path: Path) -> None:
        make_pack(tmp_path, NEEDS)
        first = "- {id: P-1, cite: c, title: t, requirement: r, needs: &n [{id: n, kind: risk}]}"
        second = "- {id: P-2, cite: c, title: t, requirement: r, needs: *n}"
        (tmp_path / "mini" / "points.yaml").write_text(f"point:\n{first}\n{second}\n")

        points = load_pack(tmp_path / "mini").documents[0].points
        assert points[0].needs == points[1].needs

    def test_a_document_that_can_not_be_made_leaves_the_one_before_as_it_is(self, tmp_path: Path) -> None:
        pack = make_pack(tmp_path, NEEDS, template=TEMPLATE + "\n{{ nothing }}\n")
        before = tmp_path / "doc.docx"
        before.write_bytes(b"before")
        view = ledger()

        with pytest.raises(DocgenError):
            build_file(None, Wanted(pack, pack.documents[0], SYSTEM, VERSION), before, past=view)  # type: ignore[arg-type]
        assert before.read_bytes() == b"before"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["doc.docx", "mini"]


def test_the_pack_of_a_document_is_found_without_loading_any() -> None:
    named = {spec.id: pack for pack in available_packs() for spec in load_pack(pack).documents}

    assert {document: find_pack(document) for document in named} == named
    assert find_pack("nosuch") is None


class TestPictures:
    def test_a_picture_of_200_megabytes_is_refused_by_name_before_anything_is_written(self) -> None:
        huge = samples.png() + bytes(200 * 1024 * 1024)

        with pytest.raises(TemplateError, match=r"picture scan: \d+ bytes, expected at most 20971520; save it smaller"):
            write_word(Body((Figure("scan", "a scan"),)), samples.info(), pictures={"scan": Picture(huge)})

    def test_a_picture_of_few_bytes_that_says_it_is_huge_is_refused(self) -> None:
        data = samples.png()
        huge = data[:16] + struct.pack(">II", MAX_PIXELS + 1, 10) + data[24:]

        with pytest.raises(ValueError, match="20001 by 10 pixels, expected at most 20000 each way"):
            pixel_size(huge)

    def test_the_largest_allowed_is_allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = samples.png()
        monkeypatch.setattr(pictures, "MAX_BYTES", len(data))

        assert pixel_size(data)
        assert MAX_BYTES == 20 * 1024 * 1024
