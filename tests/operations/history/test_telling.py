"""What a clerk reads of a correction: who decided what, and why."""

from datetime import UTC, datetime
from uuid import UUID

from operations.history.telling import corrected
from operations.wording import Wording
from schemas.correction import Correction, Reclassified, Relinked
from schemas.policy import load_pack

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
