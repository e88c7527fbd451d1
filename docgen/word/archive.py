"""The zip file around the parts, the same bytes for the same parts."""

from __future__ import annotations

import io
import zipfile

__all__ = ["rewrite_archive"]

# The earliest date a zip file can hold; no clock shows through.
_DATE = (1980, 1, 1, 0, 0, 0)


def rewrite_archive(data: bytes) -> bytes:
    """The same members, names sorted, all dated 1980-01-01, compressed alike on every system."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            member = zipfile.ZipInfo(name, _DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # else it tells Windows from the rest
            member.external_attr = 0o644 << 16
            new.writestr(member, old.read(name), compresslevel=9)
    return out.getvalue()
