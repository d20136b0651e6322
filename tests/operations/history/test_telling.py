"""What a clerk reads of a correction: who decided what, and why."""

from datetime import UTC, datetime
from uuid import UUID

from operations.history.acting import message, untold
from operations.history.telling import corrected
from operations.wording import Wording
from schemas.correction import Correction, Reclassified, Relinked
from schemas.policy import load_pack
from workers.notify.judging import NOT_KEPT

ZH, EN = Wording(load_pack(), "zh"), Wording(load_pack(), "en")
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
ID, OTHER = UUID(int=1), UUID(int=2)


def test_a_correction_is_told_with_who_decided_it_and_why() -> None:
    apart = Correction(correction_id=ID, by="王芳", at=AT, reason="不是同一人", relink=Relinked())
    joined = apart.model_copy(update={"relink": Relinked(of=OTHER)})
    judged = apart.model_copy(update={"relink": None, "reclassify": Reclassified(primary="logistics", safety=False)})

    assert corrected(ZH, apart) == "人工更正（王芳）：改为单独的案件；原因：不是同一人"
    assert f"改为与投诉 {OTHER} 同案" in corrected(ZH, joined)
    assert "改判：类别 配送与物流，涉及安全 否" in corrected(ZH, judged)


def test_a_notice_that_did_not_go_out_is_told_with_its_reason() -> None:
    of = "notice", "accepted"

    assert untold(EN, "by-person", "no such complaint has come", what=message(EN, *of)).startswith("the notice (")
    assert "转人工告知" in untold(ZH, "by-person", NOT_KEPT, what=message(ZH, *of))
    assert "未发送" in untold(ZH, "unreachable", "no address was left", what=message(ZH, *of))
    assert not any(one.isascii() and one.isalpha() for one in untold(ZH, "by-person", NOT_KEPT, what=""))
