"""What the ledger keeps of additions and of the revisions they lead to."""

from schemas.topics import ADDITIONS
from schemas.wire import REPLAY_STAGE, Naming, headers
from tests.workers.additions.pieces import STAGE, addition, pending, stored
from tests.workers.pieces import NOON, complaint, incoming
from workers.additions.stage import Grown
from workers.auditor.entries import Entry, reader_of
from workers.runtime.encoding import Encoder


def test_an_addition_is_about_its_complaint_whoever_published_it_and_however_often() -> None:
    one = addition(complaint(), text="补充")
    fields = headers(ADDITIONS, Naming(), event_id=f"x:{one.addition_id}", time=NOON, subject=one.addition_id)
    read = reader_of(ADDITIONS.name)

    entries = [read(dict(fields), one.to_json()), read({REPLAY_STAGE: b"additions"}, one.to_json())]

    assert [(entry.subject, entry.kind.name) for entry in entries] == [
        (str(one.complaint_id), "RECORD"),
        (str(one.complaint_id), "REPLAY"),
    ]
    assert read({}, b"{").kind.name == "UNREADABLE"


def test_a_revision_names_its_number_and_only_files_that_are_stored() -> None:
    files = pending("a"), stored(pending("b")).model_copy(update={"object_key": "complaints/x"}), pending("c")
    failed = files[2].model_copy(update={"state": "failed"})
    grown = complaint(revision=3, attachments=(*files[:2], failed))
    item = incoming(addition(grown))

    [out] = Encoder(Naming()).encode(item, STAGE.emit(item, Grown(outcome="merged", complaint=grown)))

    entry = reader_of(out.topic)(dict(out.headers), out.value)
    assert entry == Entry(str(grown.complaint_id), 3, items=(str(files[1].attachment_id),))
