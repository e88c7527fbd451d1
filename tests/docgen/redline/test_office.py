"""LibreOffice accepts and rejects every change of a redline, and what is left is the one file or the other."""

import subprocess
from html import escape
from pathlib import Path

import pytest
from openxml_audit import OpenXmlValidator

from docgen.markdown import parse_markdown
from docgen.pictures import Picture
from docgen.redline import write_redline
from docgen.redline.package import open_package
from docgen.redline.summary import lines_of
from docgen.word import write_word
from tests.docgen import samples
from tests.programs import program

OLD = """
# Purpose {id=a}

The system proposes whether to grant a loan, for consumers in two countries.

::: slot id=a kind=human
A paragraph that stays, *with* emphasis and [a link](https://example.org/).

- one
- two
:::

# Results {id=b}

::: table caption="Results by version"
| metric | value | limit |
|---|---|---|
| accuracy | 0.71 | 0.70 |
| recall | 0.52 | 0.60 |
| precision | 0.66 | |
:::

# What moved {id=c}

Words that move from the end to the front, as they are.
"""

NEW = """
# What moved {id=c}

Words that move from the end to the front, as they are.

# Purpose {id=a}

The system proposes whether to grant or to refuse a loan, for consumers in three countries.

A new paragraph after it.

::: slot id=a kind=human
A paragraph that stays, *with* emphasis and [another link](https://example.com/).

1. one
2. three
:::

# Results {id=b}

::: table caption="Results by version"
| metric | value | limit |
|---|---|---|
| accuracy | 0.78 | 0.70 |
| precision | 0.66 | 0.60 |
| fairness | 0.91 | 0.80 |
:::

| another | table |
|---|---|
| with | a row |
"""

_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Module1"/></library:library>"""
_LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">
<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple"
 library:link="false"/></library:libraries>"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
"""
_MACRO = """Sub Resolve(source As String, target As String, command As String)
  On Error Goto Done
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  doc = StarDesktop.loadComponentFromURL(ConvertToURL(source), "_blank", 0, hidden())
  dispatcher = createUnoService("com.sun.star.frame.DispatchHelper")
  dispatcher.executeDispatch(doc.CurrentController.Frame, ".uno:" & command, "", 0, Array())
  Dim filter(0) As New com.sun.star.beans.PropertyValue
  filter(0).Name = "FilterName"
  filter(0).Value = "MS Word 2007 XML"
  doc.storeToURL(ConvertToURL(target), filter())
  doc.close(True)
  Done:
End Sub
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of LibreOffice with the macro in it."""
    home = tmp_path_factory.mktemp("office")
    _run(home, "--terminate_after_init")  # it makes its own folders first, over what is there
    basic = home / "user" / "basic"
    (basic / "Standard").mkdir(parents=True, exist_ok=True)
    (basic / "script.xlc").write_text(_LIBRARIES)
    (basic / "Standard" / "script.xlb").write_text(_LIBRARY)
    (basic / "Standard" / "Module1.xba").write_text(f"{_MODULE}{escape(_MACRO)}</script:module>")
    return home


def _run(home: Path, *arguments: str) -> None:
    command = [program("soffice"), f"-env:UserInstallation=file://{home}", "--headless", "--norestore", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def resolved(home: Path, document: bytes, command: str, folder: Path) -> list[str]:
    """The lines of a document after LibreOffice did something to all its changes."""
    source, target = folder / "source.docx", folder / f"{command}.docx"
    source.write_bytes(document)
    _run(home, f'macro:///Standard.Module1.Resolve("{source}","{target}","{command}")')
    return lines(target.read_bytes())


def lines(document: bytes) -> list[str]:
    """The lines of a document without its spaces: this program loses a line break among deleted words."""
    package = open_package(document, "a file")
    found = (line for block in package.blocks for line in lines_of(package, block))
    return ["".join(line.split()) for line in found]


def documents() -> tuple[bytes, bytes]:
    return write_word(parse_markdown(OLD), samples.info()), write_word(parse_markdown(NEW), samples.info())


@pytest.mark.parametrize("backwards", [False, True])
def test_libreoffice_comes_to_the_same_two_files(office: Path, tmp_path: Path, backwards: bool) -> None:
    old, new = reversed(documents()) if backwards else documents()
    redline = write_redline(old, new, date="2026-11-23T10:00:00Z").data

    assert resolved(office, redline, "AcceptAllTrackedChanges", tmp_path) == lines(new)
    assert resolved(office, redline, "RejectAllTrackedChanges", tmp_path) == lines(old)


def everything(words: str) -> bytes:
    return write_word(samples.body(words), samples.info(), pictures=samples.PICTURES)


@pytest.mark.parametrize("name", ["small", "backwards", "everything", "a picture"])
def test_a_validator_finds_nothing_in_a_redline(tmp_path: Path, name: str) -> None:
    old, new = documents()
    pictures = {key: Picture(samples.png(33, 44)) for key in samples.PICTURES}
    other = write_word(samples.body("other"), samples.info(), pictures=pictures)
    pairs = {
        "small": (old, new),
        "backwards": (new, old),
        "everything": (everything("some words"), everything("other words, of another length")),
        "a picture": (everything("same"), other),
    }
    file = tmp_path / "a.docx"
    file.write_bytes(write_redline(*pairs[name], date="2026-11-23T10:00:00Z").data)

    result = OpenXmlValidator().validate(str(file))

    assert [str(error) for error in result.errors] == []
