"""Where a complaint happened, by the organisation file: stated first, then the code scanned, then the text. Pure."""

from pydantic import BaseModel

from schemas.policy.organisation import Place, Resolver, Unresolved
from schemas.records import Classified, Evidence

UNRESOLVED = "place_unresolved"
"""Why a person must look: a place was named, and it is none or several of ours."""
_WHY = {
    "unknown": "组织档案中没有这个门店",
    "ambiguous": "名称对应多个门店",
    "not-valid-then": "收到投诉当天该门店已停用或尚未启用",
    "counter-unknown": "门店内没有这个柜台",
}
_HOW = {"code": "编码", "name": "名称", "alias": "别名", "ending": "简称", "near": "近似名称"}


class Located(BaseModel):
    """The place as it was decided, kept with the decision so that a replay says the same. Codes and official names."""

    store: str | None = None
    code: str | None = None
    counter: str | None = None
    counter_code: str | None = None
    region: str | None = None
    manager_role: str | None = None
    above_role: str | None = None
    above_code: str | None = None
    rule: str
    detail: str
    unresolved: bool = False

    @property
    def evidence(self) -> Evidence:
        """What a clerk reads about it."""
        return Evidence(rule=self.rule, detail=self.detail)


def located(places: Resolver | None, complaint: Classified, scanned: str | None) -> Located | None:
    """The store of a complaint; None without an organisation file and where no place was named.

    `scanned` is the store of a scan before, for a complaint that states none.
    """
    if places is None:
        return None
    stated = complaint.stated
    found = places.resolve(stated.store or scanned, stated.counter, complaint.received_at)
    if found is None:
        named = complaint.understanding.fields.get("store", ())
        found = places.resolve(named[0].value, stated.counter, complaint.received_at) if named else None
    if found is None:
        return None
    reference = places.organisation.reference
    return _known(found, reference) if isinstance(found, Place) else _unknown(found, reference)


def _known(place: Place, reference: str) -> Located:
    counter = f"，{place.counter}（{place.counter_code}）" if place.counter else ""
    missing = f"；{_WHY['counter-unknown']}" if place.counter_unknown else ""
    return Located(
        store=place.name,
        code=place.code,
        counter=place.counter,
        counter_code=place.counter_code,
        region=place.region,
        manager_role=place.manager.role if place.manager else None,
        above_role=place.above.role if place.above else None,
        above_code=place.above_code,
        rule=f"place.{place.how}",
        detail=f"门店：{place.name}（{place.code}）{counter}，按{_HOW[place.how]}识别{missing}（组织档案 {reference}）",
        unresolved=place.counter_unknown,
    )


def _unknown(found: Unresolved, reference: str) -> Located:
    maybe = f"，可能是 {'、'.join(found.candidates)}" if found.candidates else ""
    detail = f"{_WHY[found.reason]}{maybe}（组织档案 {reference}）"
    return Located(rule=f"place.{found.reason}", detail=detail, unresolved=True)
