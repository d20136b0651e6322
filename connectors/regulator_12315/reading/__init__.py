"""Reads whatever an authority sends: what it is shows in its first bytes, not in its name."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl

from connectors.regulator_12315.fields import Referred, field_of, gathered
from connectors.regulator_12315.push import read_push
from connectors.regulator_12315.reading.document import read_docx, read_pdf
from connectors.regulator_12315.reading.excerpt import MEDIA_TYPE, read_excerpt
from connectors.regulator_12315.reading.form import is_form, read_form
from connectors.regulator_12315.reading.found import Found
from connectors.regulator_12315.reading.hostile import foreign, members
from connectors.regulator_12315.reading.mail import looks_like_mail, read_mail
from connectors.regulator_12315.reading.sheets import Sheet
from connectors.regulator_12315.reading.table import read_table
from connectors.regulator_12315.reading.text import decoded, is_html, lines_of, read_csv, read_html
from connectors.regulator_12315.reading.workbook import read_xls, read_xlsx
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import Inbound, UploadedFile
from schemas.settings import RegulatorSettings

__all__ = ["Found", "referrals_of", "sheets_of"]

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_MAIL = "message/rfc822"
_FORM = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS = 200
_NO_HEADER = "no row or label says what the columns mean"


def referrals_of(inbound: Inbound, settings: RegulatorSettings) -> Iterator[Found]:
    """The referrals of a delivery. Raises `PayloadRejected` for one that cannot be read as a whole."""
    body = inbound.body
    if inbound.content_type == MEDIA_TYPE:
        yield from read_excerpt(body, settings)
    elif inbound.content_type == _FORM:
        yield Found(replace(_typed(body), files=inbound.parts))
    elif _is_json(inbound):
        pushed = read_push(body, settings)
        for number, one in enumerate(pushed, 1):
            yield Found(one if not inbound.parts else replace(one, files=(*one.files, *inbound.parts)), sheet=number)
    elif inbound.content_type == _MAIL or looks_like_mail(body):
        yield from _of_mail(body, settings)
    else:
        yield from _of_file(body, settings)


def sheets_of(body: bytes, settings: RegulatorSettings) -> Iterable[Sheet]:
    """The sheets of a file, or its text. Raises `PayloadRejected`, also while they are read."""
    if not body.strip():
        raise PayloadRejected(Reason.EMPTY, "an empty file")
    if body.startswith(_ZIP):
        names = members(body, settings.max_unpacked_bytes)
        if "word/document.xml" in names:
            return read_docx(body, settings)
        if any(name.startswith("xl/") for name in names):
            return read_xlsx(body, settings)
        raise PayloadRejected(Reason.WRONG_TYPE, "a zip file that is neither workbook nor document")
    if body.startswith(_OLE):
        return read_xls(body, settings)
    if _PDF in body[:1_024]:
        return read_pdf(body, settings)
    text = decoded(body)
    if is_html(text):
        return read_html(text, settings)
    return [read_csv(text, settings)]


def _is_json(inbound: Inbound) -> bool:
    return inbound.content_type == "application/json" or inbound.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _typed(body: bytes) -> Referred:
    """A form that staff filled in from a phone notice: names of ours, UTF-8."""
    with foreign("the form"):
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=False, max_num_fields=_MAX_FORM_FIELDS)
    fields, others = gathered([(field_of(label) or label[:60], value.strip()) for label, value in pairs])
    if not fields:
        raise PayloadRejected(Reason.EMPTY, "a form without any field we know")
    return Referred(fields, others)


def _of_file(body: bytes, settings: RegulatorSettings) -> Iterator[Found]:
    """Rows of each table; where no sheet is a table, the whole as one form, or as one text that says no more."""
    looked_at: list[Sheet] = []
    tables = 0
    for sheet in sheets_of(body, settings):
        first, found = (list(sheet.rows), None) if sheet.flowing else read_table(sheet, settings)
        if found is None:
            looked_at.append(Sheet(sheet.number, sheet.title, first, sheet.flowing))
        else:
            tables += 1
            yield from found
    if tables:
        return
    form = read_form(looked_at)
    if form is None:
        raise PayloadRejected(Reason.EMPTY, "no word in it")
    if not is_form(form):
        form = _as_text(body, looked_at)
    yield Found(form)


def _as_text(body: bytes, looked_at: list[Sheet]) -> Referred:
    """A letter without any label is one referral of unclear kind; a table without header is nothing."""
    if not any(sheet.flowing for sheet in looked_at):
        raise PayloadRejected(Reason.NO_HEADER, _NO_HEADER)
    lines = ["  ".join(str(one) for one in cells if one) for sheet in looked_at for _, cells in sheet.rows]
    return Referred({"text": "\n".join(line for line in lines if line.strip())})


def _of_mail(body: bytes, settings: RegulatorSettings) -> Iterator[Found]:
    """The referrals in its files; the mail's own words as one where no file holds any."""
    mail = read_mail(body)
    found: list[Found] = []
    rest: list[UploadedFile] = []
    for number, file in enumerate(mail.files, 1):
        try:
            found += [replace(one, sheet=number * 100 + one.sheet) for one in _of_file(file.content, settings)]
        except PayloadRejected as error:
            if error.reason not in {Reason.WRONG_TYPE, Reason.NO_HEADER, Reason.EMPTY}:
                found.append(Found(Referred({}, files=(file,)), number, wrong=(error.reason, error.detail)))
            rest.append(file)
    good = [one for one in found if one.wrong is None]
    if not good and not found:
        found.append(Found(replace(_words(mail.subject, mail.text), files=tuple(rest))))
    elif len(good) == 1:
        found = [
            replace(one, referred=replace(one.referred, files=tuple(rest))) if one is good[0] else one for one in found
        ]
    yield from found


def _words(subject: str, text: str) -> Referred:
    form = read_form([lines_of(text)])
    if form is not None and is_form(form):
        return replace(form, hint=f"{subject} {form.hint}"[:200], fields={"subject": subject, **form.fields})
    fields = {name: value for name, value in (("subject", subject), ("text", text.strip())) if value}
    return Referred(fields, hint="")
