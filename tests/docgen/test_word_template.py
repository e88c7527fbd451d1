"""A company's template restyles a document, keeps its furniture and labels, and brings nothing else in."""

import io
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from openxml_audit import OpenXmlValidator

from docgen.digest import content_digest
from docgen.word import check_template, find_carrier, put_seal, take_seal, write_word
from docgen.word.starter import starter_template
from docgen.word.styles import STYLE_NAMES
from docgen.word.template import REQUIRED, WordTemplateError
from tests.docgen.samples import PICTURES, body, info
from tests.docgen.wordfile import WordFile, text_of
from tests.programs import program

CORPORATE = Path(__file__).parent / "word_templates" / "libreoffice.docx"
LABEL_XML = (
    b'<?xml version="1.0"?><clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata">'
    b'<clbl:label id="{2096f6a2-d2f7-48be-b329-b73aaa526e5d}" enabled="1" method="Privileged" '
    b'siteId="{cb46c030-1825-4e81-a295-151c039dbf02}" contentBits="2" removed="0"/></clbl:labelList>'
)
LABEL_TYPE = "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels"
CUSTOM = (
    b'<?xml version="1.0"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    b'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property '
    b'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="7" name="MSIP_Label_1_Name"><vt:lpwstr>Secret</vt:lpwstr>'
    b"</property></Properties>"
)


def corporate() -> bytes:
    return CORPORATE.read_bytes()


def changed(data: bytes, change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    """The archive with each member changed; None takes it out.  Names of new members have __ for /."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, part in more.items():
            new.writestr(name.replace("__", "/").replace("_dot_", "."), part)
    return out.getvalue()


def labelled() -> bytes:
    """The corporate template with both sorts of sensitivity labels."""

    def change(name: str, part: bytes) -> bytes | None:
        if name == "docProps/custom.xml":
            return CUSTOM
        if name == "_rels/.rels":
            relation = f'<Relationship Id="rIdLabel" Type="{LABEL_TYPE}" Target="docMetadata/LabelInfo.xml"/>'
            return part.replace(b"</Relationships>", f"{relation}</Relationships>".encode())
        if name == "[Content_Types].xml":
            kind = "application/vnd.ms-office.classificationlabels+xml"
            override = f'<Override PartName="/docMetadata/LabelInfo.xml" ContentType="{kind}"/></Types>'
            return part.replace(b"</Types>", override.encode())
        return part

    return changed(corporate(), change, docMetadata__LabelInfo_dot_xml=LABEL_XML)


def styled(data: bytes, **changes: object) -> WordFile:
    template = check_template(data, "corporate.docx")
    return WordFile(write_word(body(), info(**changes), pictures=PICTURES, template=template))


def test_a_template_of_libreoffice_restyles_and_what_it_lacks_is_named() -> None:
    checked = check_template(corporate(), "corporate.docx")

    assert set(REQUIRED) <= set(checked.own)
    assert {"Status provided", "Missing", "Aims Table"} <= set(checked.added)
    assert sorted((*checked.own, *checked.added)) == sorted(STYLE_NAMES)
    assert checked.kept == ("header", "footer")


def test_the_looks_of_the_template_are_those_of_the_document() -> None:
    file, theirs = styled(corporate()), WordFile(corporate())
    heading = "//w:style[w:name/@w:val='Heading 1']/w:rPr/w:color/@w:val"

    assert file.values(heading, file.part("word/styles.xml")) == ["8A008A"]
    names = {file.style_names()[style].lower() for style in file.values("//w:pStyle/@w:val")}
    assert names <= {name.lower() for name in STYLE_NAMES}
    assert set(theirs.style_names().values()) <= set(file.style_names().values())


def test_every_style_that_is_used_is_defined_once() -> None:
    file = styled(corporate())
    styles = file.part("word/styles.xml")
    used = set(file.values("//w:pStyle/@w:val | //w:rStyle/@w:val | //w:tblStyle/@w:val"))
    ids = file.values("//w:style/@w:styleId", styles)

    assert used <= set(ids)
    assert len({one.lower() for one in ids}) == len(ids)


def test_no_text_of_the_template_and_no_part_that_only_text_used_gets_in() -> None:
    file = styled(corporate())

    assert not any(b"SECRET" in part for part in file.parts.values())
    assert not any("thumbnail" in name or "comments" in name for name in file.parts)


def test_header_footer_and_logo_of_the_template_stand_on_every_page_beside_ours() -> None:
    file = styled(corporate())
    headers = {name: text_of(file.part(name)) for name in file.parts if name.startswith("word/header")}
    footers = {text_of(file.part(name)) for name in file.parts if name.startswith("word/footer")}

    assert all("Corporate" in text for text in headers.values())
    assert sum("EXAMPLE · DRAFT" in text for text in headers.values()) == 2
    assert all("Corporate Ltd, Main Street 1" in text for text in footers)
    for name in headers:
        relations = file.parts[name.replace("word/", "word/_rels/") + ".rels"].decode()
        assert "media/" in relations, "the logo"
    assert len({name for name in file.parts if "media/" in name}) == 2  # the logo, and the picture of the text


def test_the_page_of_the_template_is_kept_and_turned_for_wide_tables() -> None:
    file = styled(corporate())

    sizes = [(size.values()[0], size.values()[1]) for size in file.find("//w:sectPr/w:pgSz")]
    assert sizes == [("12240", "15840"), ("12240", "15840"), ("15840", "12240"), ("12240", "15840")]
    widths = {sum(map(int, file.values("w:gridCol/@w:w", grid))) for grid in file.find("//w:tblGrid")}
    assert widths == {8640, 12240}


def test_sensitivity_labels_are_kept_as_they_are() -> None:
    data = labelled()
    file = styled(data)

    assert check_template(data, "x").kept[2:] == (
        "sensitivity label (MSIP_Label)", "sensitivity label (LabelInfo.xml)",
    )  # fmt: skip
    assert file.parts["docMetadata/LabelInfo.xml"] == LABEL_XML
    properties = {one.get("name"): one.get("pid") for one in file.part("docProps/custom.xml")}
    assert properties["MSIP_Label_1_Name"] == "7"
    assert properties["Document number"] == "8"


def test_the_language_is_that_of_the_document_whatever_the_template_was_written_in() -> None:
    file = styled(corporate(), language="de")
    styles = file.part("word/styles.xml")

    assert file.values("//w:lang/@w:val", styles) == ["de-DE"]


def test_a_template_changes_looks_and_not_what_a_document_says() -> None:
    template = check_template(corporate(), "x")
    payload = find_carrier(write_word(body(), info(), pictures=PICTURES, template=template))

    assert payload is not None
    assert payload["content_digest"] == content_digest(body(), PICTURES)
    assert payload["template"] == template.digest


def test_the_same_template_gives_the_same_bytes_and_a_place_for_the_seal() -> None:
    template = check_template(labelled(), "x")
    one = write_word(body(), info(), pictures=PICTURES, template=template)

    assert write_word(body(), info(), pictures=PICTURES, template=template) == one
    assert take_seal(put_seal(one, {"v": 1})) == one


def test_parts_of_ours_do_not_take_the_names_of_the_templates_parts() -> None:
    file, theirs = styled(corporate()), WordFile(corporate())

    assert file.parts["customXml/item1.xml"] == theirs.parts["customXml/item1.xml"]
    assert find_carrier(write_word(body(), info(), template=None, pictures=PICTURES)) is not None
    assert b"urn:aims-ledger:document:1" in file.parts["customXml/item2.xml"]


def test_settings_that_ask_or_reach_out_are_dropped() -> None:
    def change(name: str, part: bytes) -> bytes | None:
        if name == "word/settings.xml":
            return part.replace(b"</w:settings>", b'<w:updateFields w:val="true"/><w:trackRevisions/></w:settings>')
        return part

    settings = styled(changed(corporate(), change)).parts["word/settings.xml"]

    assert b"updateFields" not in settings
    assert b"trackRevisions" not in settings


@pytest.mark.parametrize("data", [corporate(), labelled(), starter_template()], ids=["corporate", "labelled", "ours"])
def test_a_validator_finds_nothing_in_a_restyled_document(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(write_word(body(), info(), pictures=PICTURES, template=check_template(data, "x")))

    assert [str(error) for error in OpenXmlValidator().validate(str(file)).errors] == []


def test_our_own_looks_as_a_template_have_every_style() -> None:
    checked = check_template(starter_template(), "new.docx")

    assert (checked.added, set(checked.own)) == ((), set(STYLE_NAMES))
    assert starter_template() == starter_template()


def test_our_own_looks_keep_every_style_when_libreoffice_saves_them(tmp_path: Path) -> None:
    source = tmp_path / "starter.docx"
    source.write_bytes(starter_template())
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [program("soffice"), profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir",
         str(tmp_path / "saved"), str(source)], check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    assert check_template((tmp_path / "saved" / "starter.docx").read_bytes(), "saved").added == ()


def without(*names: str) -> bytes:
    """Our own looks without these styles."""
    document = docx.Document(io.BytesIO(starter_template()))
    for name in names:
        document.styles[name].delete()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_styles_without_which_nothing_is_styled_are_named_all_at_once() -> None:
    with pytest.raises(WordTemplateError, match=r"template t\.docx: lacks the styles Title, heading 2") as caught:
        check_template(without("Title", "Heading 2", "Note"), "t.docx")

    assert "aims docs template --new" in str(caught.value.remedy)


def test_a_style_of_another_type_is_not_taken_for_the_one_that_is_meant() -> None:
    data = changed(
        starter_template(),
        lambda name, part: (
            part.replace(b'w:type="paragraph" w:customStyle="1" w:styleId="Missing"',
                         b'w:type="character" w:customStyle="1" w:styleId="Missing"')
            if name == "word/styles.xml" else part
        ),
    )  # fmt: skip

    with pytest.raises(WordTemplateError, match="style 'Missing' is a character style, expected a paragraph style"):
        check_template(data, "t.docx")


def same(_: str, part: bytes) -> bytes:
    return part


def macro(name: str, part: bytes) -> bytes:
    if name == "[Content_Types].xml":
        return part.replace(b"officedocument.wordprocessingml.document.main", b"ms-word.document.macroEnabled.main")
    return part


def dotx(name: str, part: bytes) -> bytes:
    return part.replace(b"document.main+xml", b"template.main+xml") if name == "[Content_Types].xml" else part


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a .docx file: it is no archive of parts"),
        (b"%PDF-1.7", "not a .docx file: it is no archive of parts"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .doc file, or protected by a password"),
        (changed(corporate(), same, word__vbaProject_dot_bin=b"x"), "has macros or other active content"),
        (changed(corporate(), same, word__activeX__a_dot_xml=b"x"), "has macros or other active content"),
        (changed(corporate(), macro), "has macros or other active content"),
        (changed(corporate(), dotx), "it is a Word template (.dotx)"),
        (changed(corporate(), lambda n, part: None if n == "word/document.xml" else part), "not a .docx file"),
        (changed(corporate(), lambda n, part: part[:-9] if n == "word/styles.xml" else part), "not a .docx file"),
        (changed(corporate(), lambda n, part: None if "Types" in n else part), "not a .docx file"),
    ],
)  # fmt: skip
def test_what_can_be_no_template_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(WordTemplateError) as caught:
        check_template(data, "t.docx")

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_template_that_unpacks_to_too_much_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/big.bin", bytes(301 * 1024 * 1024))

    with pytest.raises(WordTemplateError, match="unpacks to more than"):
        check_template(out.getvalue(), "t.docx")
