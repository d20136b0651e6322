"""A telephone of one of our stores binds nobody: whoever calls from there leaves it."""

from pathlib import Path

import pytest

from schemas.complaint import Sender
from schemas.policy.organisation import load_organisation
from tests.schemas.making import complaint
from workers.deduplicate.identifiers import canonical, identify

UNITS = load_organisation(Path("deploy/demo/organisation.yaml"))


@pytest.mark.parametrize("phone", ["+862155501001", "021-55501001", "+85235550801", "400-555-0012"])
def test_telephone_of_a_unit_identifies_nobody(phone: str) -> None:
    ours = frozenset(map(canonical, UNITS.phones))

    store = identify(b"k" * 32, complaint(sender=Sender(phones=(phone,))), (), ours)
    person = identify(b"k" * 32, complaint(sender=Sender(phones=("+8613800138000",))), (), ours)

    assert (store.own, len(person.own) > 0) == ((), True)
