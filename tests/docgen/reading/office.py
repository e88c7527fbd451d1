"""LibreOffice as a person who edits a file: Basic macros, run without a screen."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

from tests.programs import program

_TRIES = 3  # on a busy machine it sometimes ends before it ran the macro
_SCRIPT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Edit" script:language="StarBasic">{}
</script:module>"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Edit"/></library:library>"""
_MACRO = """
Function Opened(path As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  Opened = StarDesktop.loadComponentFromURL(ConvertToURL(path), "_blank", 0, hidden())
End Function

Sub Save(doc, path As String)
  Dim how(0) As New com.sun.star.beans.PropertyValue
  how(0).Name = "FilterName" : how(0).Value = "MS Word 2007 XML"
  doc.storeToURL(ConvertToURL(path), how())
  doc.close(True)
End Sub

Function Found(doc, words As String)
  Dim search
  search = doc.createSearchDescriptor()
  search.SearchString = words
  Found = doc.findFirst(search)
End Function

Sub Edit(source As String, target As String)
  Dim doc, place, cursor, note
  doc = Opened(source)
{}
  Save(doc, target)
End Sub
"""


def edit(folder: Path, data: bytes, basic: str = "") -> bytes:
    """The file as LibreOffice saves it after the lines of Basic, in which `doc` is the document.

    ``Found(doc, "words")`` is where words stand; without lines, the file is only opened and saved.
    """
    fresh, profile = folder / "profile", folder / "profile-in-use"
    if not fresh.exists():
        _office(fresh, "--terminate_after_init")  # makes the user's libraries, and would replace ours
    source, target = folder / "in.docx", folder / "out.docx"
    source.write_bytes(data)
    for _ in range(_TRIES):
        shutil.rmtree(profile, ignore_errors=True)
        shutil.copytree(fresh, profile)
        library = profile / "user" / "basic" / "Standard"
        (library / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
        (library / "Edit.xba").write_text(_SCRIPT.format(escape(_MACRO.format(basic))), encoding="utf-8")
        told = _office(profile, f"macro:///Standard.Edit.Edit({source},{target})")
        if target.exists():
            break
    assert target.exists(), f"LibreOffice wrote nothing: {told}"
    made = target.read_bytes()
    target.unlink()
    return made


def _office(profile: Path, what: str) -> str:
    quiet = ["--headless", "--norestore", "--nologo"]
    command = [program("soffice"), f"-env:UserInstallation={profile.as_uri()}", *quiet, what]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return f"it ended with {done.returncode}, saying {(done.stdout + done.stderr)[-300:]!r}"
