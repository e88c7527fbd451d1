"""Bundles: a part of a ledger in one zip that strangers can check offline, as docs/FORMAT.md section 20 says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Bundled", "Request", "verify_bundle", "write_bundle"]

if TYPE_CHECKING:
    from ledger.bundle.request import Request
    from ledger.bundle.verification import verify_bundle
    from ledger.bundle.writer import Bundled, write_bundle

_MODULES = {"Bundled": "writer", "Request": "request", "verify_bundle": "verification", "write_bundle": "writer"}


def __getattr__(name: str) -> Any:
    """A public name, imported now: checking a bundle needs no database."""
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"ledger.bundle.{_MODULES[name]}"), name)
