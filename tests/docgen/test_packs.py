"""Packs are checked as a whole when they are loaded."""

from datetime import date
from pathlib import Path

import pytest

from docgen.errors import PackError
from docgen.packs import available_packs, basis_lines, load_pack
from tests.docgen.samples import PACK_TOML, POINTS, write_pack

TOML = PACK_TOML.format(id="sample")


def test_a_pack_says_what_its_files_say(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path))

    assert (pack.id, pack.version, pack.languages) == ("sample", "0.0.1", ("en",))
    assert pack.texts["en"]["hello.name"] == "Hello **{name}**"
    assert pack.texts["en"]["status.not provided"] == "missing!"
    assert pack.data["free"]["a"][1]["b"] == 2
    assert pack.basis("law").as_of == date(2026, 11, 23)
    spec = pack.document("report")
    assert [point.id for point in spec.points] == ["P.1", "P.2"]
    assert spec.groups[0].title.say("en") == "First group"
    assert spec.groups[0].points == spec.points
    assert spec.point("P.1").needs[0]["kind"] == "evaluation"
    assert spec.classification.say("en") == "Internal"
    assert [(line.title, line.version, line.as_of) for line in basis_lines(spec, "en")] == [
        ("A law", "2", "2026-11-23")
    ]


def test_what_a_pack_holds_can_not_be_changed(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path))

    with pytest.raises(TypeError):
        pack.data["free"]["a"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        pack.document("report").points[0].needs[0]["kind"] = "x"  # type: ignore[index]
    assert isinstance(pack.data["free"]["a"], tuple)


def test_texts_come_in_every_language_of_the_pack(tmp_path: Path) -> None:
    toml = TOML.replace('languages = ["en"]', 'languages = ["en", "de"]')
    toml = toml.replace('title = "Report"', 'title = { en = "Report", de = "Bericht" }')
    folder = write_pack(tmp_path, pack__toml=toml)
    (folder / "texts" / "de.toml").write_text("", encoding="utf-8")

    title = load_pack(folder).document("report").title

    assert (title.say("en"), title.say("de")) == ("Report", "Bericht")
    with pytest.raises(TypeError, match="ask for one with say"):
        str(title)


def test_shipped_packs_are_found_by_their_id() -> None:
    for pack_id in available_packs():
        assert load_pack(pack_id).id == pack_id
        assert load_pack(pack_id) is load_pack(pack_id)


def test_an_unknown_pack_is_an_error_that_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack nothing: no such pack; shipped packs: .*pack\.toml"):
        load_pack("nothing")
    with pytest.raises(PackError, match="no such pack"):
        load_pack(tmp_path)


def test_unknown_documents_bases_and_languages_are_errors(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path))

    with pytest.raises(PackError, match="no document 'x'; it has: report"):
        pack.document("x")
    with pytest.raises(PackError, match="no basis 'x'"):
        pack.basis("x")
    with pytest.raises(PackError, match="no texts in language 'fr'; it speaks: en"):
        pack.language("fr")
    with pytest.raises(KeyError, match=r"document report has no point P\.9"):
        pack.document("report").point("P.9")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 1", "format = 2", "pack.toml: pack: format: expected 1; this pack needs a newer aims-ledger"),
        ("format = 1", "format = true", "format: found bool, expected int"),
        ("format = 1\n", "", "format: is missing"),
        ('id = "sample"', 'id = "other"', "'other' lies in a folder named 'sample'"),
        ('version = "0.0.1"', "version = 1", "version: found int, expected str"),
        ('version = "0.0.1"', 'version = " "', "version: is empty"),
        ('version = "0.0.1"', 'version = "1"\nversoon = "2"', "pack: versoon: is not a known field"),
        ("[data]", "[dat]", "pack.toml: dat: is not a known field"),
        ('free = "free.yaml"', 'free = "../free.yaml"', "not the name of a file in the pack"),
        ('free = "free.yaml"', 'free = "gone.yaml"', "gone.yaml: the file is missing"),
        ('languages = ["en"]', "languages = []", "languages: names no language"),
        ('languages = ["en"]', 'languages = ["en", "de"]', "the file is missing"),
        ('languages = ["en"]', 'languages = ["en", "en"]', "id 'en' comes twice"),
        ("as_of = 2026-11-23", 'as_of = "2026-11-23"', "basis 1: as_of: found str, expected date"),
        ("as_of = 2026-11-23", "as_of = 2026-11-23T10:00:00Z", "found a time, expected a date"),
        ('template = "report.md.j2"', 'template = "gone.md.j2"', "'gone.md.j2' is no template of the pack"),
        ('template = "report.md.j2"', 'template = "points.yaml"', "'points.yaml' is no template of the pack"),
        ('about = "system"', 'about = "all"', "'all', expected 'system' or 'organisation'"),
        ('basis = ["law"]', 'basis = ["lax"]', "'lax' is no basis of the pack; it has: law"),
        ('title = "Report"', 'title = { de = "Bericht" }', "title: has de, expected one text for each of en"),
        ('title = "Report"\n', "", "document 1: title: is missing"),
        ('title = "Report"', "title = 1", "document 1: title: is not a text"),
        ("[[document]]", "[[document]]\n[[document]]", "document 1: id: is missing"),
        ("format = 1", "format = 1 1", "pack.toml: Expected newline or end of document"),
    ],
)
def test_what_is_wrong_in_a_pack_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TOML
    folder = write_pack(tmp_path, pack__toml=TOML.replace(old, new, 1))

    with pytest.raises(PackError) as caught:
        load_pack(folder)

    assert message in str(caught.value)
    assert str(caught.value).startswith("pack sample: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: P.2", "id: P.1", "point: id 'P.1' comes twice"),
        ("id: P.2", "id: 2", "point 2: id: found int, expected str"),
        ("id: P.2", "id: a b", "point 2: id: 'a b', expected the form"),
        ("group: g1, title: Two", "group: g9, title: Two", "P.2 is in group 'g9', which is not there"),
        ("group: g1, title: Two", "title: Two", "point 2: group: is missing"),
        ("requirement: Say two.", "", "point 2: requirement: is missing"),
        ("requirement: Say two.", "requirement: x, needz: []", "point 2: needz: is not a known field"),
        ("requirement: Say two.", "requirement: x, needs: [a]", "needs: expected a list of tables"),
        ("requirement: Say two.", "requirement: x, requirement: y", "key 'requirement' twice"),
        (POINTS, "group: []", "the file has no point"),
        (POINTS, "- a", "found list, expected a table with names"),
        (POINTS, "point: !!python/object:os.system {}", "could not determine a constructor"),
        (POINTS, "point: [", "while parsing"),
    ],
)
def test_what_is_wrong_in_points_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in POINTS
    folder = write_pack(tmp_path, points__yaml=POINTS.replace(old, new, 1))

    with pytest.raises(PackError) as caught:
        load_pack(folder)

    assert message in str(caught.value)
    assert "points.yaml" in str(caught.value)


def test_texts_are_strings(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "texts" / "en.toml").write_text("[a]\nb = 1\n", encoding="utf-8")

    with pytest.raises(PackError, match=r"texts/en.toml: a\.b is not a string"):
        load_pack(folder)


def test_points_need_no_groups(tmp_path: Path) -> None:
    points = "point:\n- {id: a, cite: c, title: t, requirement: r}\n"

    spec = load_pack(write_pack(tmp_path, points__yaml=points)).document("report")

    assert [(group.id, [p.id for p in group.points]) for group in spec.groups] == [("", ["a"])]


def test_documents_and_texts_may_lie_in_files_of_their_own(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "documents").mkdir()
    second = TOML[TOML.index("[[document]]") :].replace('id = "report"', 'id = "second"')
    (folder / "documents" / "second.toml").write_text(second, encoding="utf-8")
    (folder / "texts" / "en").mkdir()
    (folder / "texts" / "en" / "second.toml").write_text('[second]\nword = "Two"\n', encoding="utf-8")

    pack = load_pack(folder)

    assert [spec.id for spec in pack.documents] == ["report", "second"]
    assert (pack.texts["en"]["second.word"], pack.texts["en"]["hello.name"]) == ("Two", "Hello **{name}**")


def test_a_text_that_two_files_define_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "texts" / "en").mkdir()
    (folder / "texts" / "en" / "more.toml").write_text('[hello]\nname = "Bye"\n', encoding="utf-8")

    with pytest.raises(PackError, match=r"texts/en/more.toml.*hello.name is in another file of the language too"):
        load_pack(folder)


def test_a_document_that_two_files_define_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "documents").mkdir()
    again = TOML[TOML.index("[[document]]") :]
    (folder / "documents" / "again.toml").write_text(again, encoding="utf-8")

    with pytest.raises(PackError, match="id 'report' comes twice"):
        load_pack(folder)
