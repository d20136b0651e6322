"""Codes as pictures and as a sheet to print. Source: segno.readthedocs.io (error correction M: 15 % may be dirty)."""

import io
from collections.abc import Sequence
from pathlib import Path

import segno
from markupsafe import Markup

from gateway.qr.codes import Code
from gateway.staff.render import environment
from gateway.staff.texts import texts

_QUIET_ZONE = 4
"""Squares of white around a code that ISO/IEC 18004 asks for."""
_SCALE = 12
_MASK = 3
_STATIC = Path(__file__).parent.parent / "staff" / "static"


def drawn(url: str) -> Markup:
    """The code as SVG to stand in a page."""
    return Markup(_qr(url).svg_inline(omitsize=True, border=_QUIET_ZONE))  # noqa: S704 - drawn here, of our own URL


def on_screen(url: str) -> Markup:
    """The same for one reader's screen: with a mask that is not searched for, in 2 ms instead of 12."""
    code = segno.make(url, error="m", micro=False, mask=_MASK)
    return Markup(code.svg_inline(omitsize=True, border=_QUIET_ZONE))  # noqa: S704 - drawn here, of our own URL


def picture(url: str, kind: str) -> bytes:
    """The code as a file, `svg` or `png`."""
    out = io.BytesIO()
    _qr(url).save(out, kind=kind, scale=_SCALE, border=_QUIET_ZONE)
    return out.getvalue()


def sheet(codes: Sequence[Code], company: str) -> str:
    """A page of its own for A4, in Chinese and English."""
    page = environment().get_template("qr_file.html")
    style = (_STATIC / "qr.css").read_text(encoding="utf-8")
    return page.render(codes=codes, drawn=drawn, company=company, style=Markup(style), words=texts())  # noqa: S704


def _qr(url: str) -> segno.QRCode:
    return segno.make(url, error="m", micro=False)
