"""Reports (举报): everything that says who reported goes into a file that only regulator affairs may fetch.

Source: SAMR Order 121, article 36: the reporter is kept secret (second-hand, facts 4.3); DOMAIN, "Joined".
"""

import json
from collections.abc import Iterable
from dataclasses import replace

from connectors.regulator_12315.fields import AUTHORITY_CONTACT, IDENTITY, Referred
from schemas.masking import Known, mask_text

REPORTER_FILE = "reporter.json"
_SURNAMES_OF_TWO = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "夏侯", "端木")
_FORMS_OF_ADDRESS = ("先生", "女士", "小姐", "老师", "某某", "某")
_AS_THEY_ARE = frozenset({"number", "kind", "registered_at", "received_at", "due_at", "hearing_at", "credit_code"})


def sealed(of: Referred) -> Referred:
    """The report without who reported: no identity, and none of its values left in any text."""
    known = Known(_values(of))
    fields = {
        name: value if name in _AS_THEY_ARE else mask_text(value, known)
        for name, value in of.fields.items()
        if name not in (*IDENTITY, *AUTHORITY_CONTACT)
    }
    others = tuple((mask_text(label, known), mask_text(value, known)) for label, value in of.others)
    return replace(of, fields=fields, others=others)


def reporter_file(of: Referred, salt: str) -> bytes:
    """The report as it was written, identity included. `salt` keeps its hash from telling a name by trying."""
    whole = {"salt": salt, "fields": dict(of.fields), "others": [list(pair) for pair in of.others]}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1).encode(errors="replace")


def _values(of: Referred) -> Iterable[str]:
    for name in IDENTITY:
        for value in of.fields.get(name, "").splitlines():
            yield value
            if name == "name":
                yield from _addressed(value.strip())


def _addressed(name: str) -> Iterable[str]:
    """How a text speaks of somebody of this name: 张先生, 张某."""
    if name and name[0] >= "\u3400":
        surname = name[:2] if name.startswith(_SURNAMES_OF_TWO) else name[:1]
        yield from (surname + form for form in _FORMS_OF_ADDRESS)
