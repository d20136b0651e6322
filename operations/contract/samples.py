"""Sample records of the contract: one case of the department `quality` and what its system reports back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """One record: which schema it follows, what it shows (Chinese and English), and itself."""

    name: str
    schema: str
    zh: str
    en: str

    @property
    def payload(self) -> Mapping[str, Any]:
        """The record."""
        return _read(self.name)

    @property
    def text(self) -> str:
        """The record as people read it."""
        return json.dumps(self.payload, ensure_ascii=False, indent=2)


SAMPLES: tuple[Sample, ...] = (
    Sample("assignment-opened", "assignment", "新工单；照片还在获取中", "new work; its photo is still being fetched"),
    Sample(
        "assignment-corrected",
        "assignment",
        "同一投诉的新版本：照片已保存",
        "a newer revision of the same complaint: the photo is stored",
    ),
    Sample("assignment-added", "assignment", "同一案件的另一条消息", "another message of the same case"),
    Sample(
        "assignment-withdrawn", "assignment", "改派其他部门：请移出列表", "somebody else's now: take it off the list"
    ),
    Sample("status-accepted", "department-status", "已受理", "the department has taken the case on"),
    Sample(
        "status-need-information", "department-status", "需要顾客补充材料", "the customer is asked for something more"
    ),
    Sample("status-answered", "department-status", "已答复顾客", "this is the answer the customer gets"),
    Sample("status-not-ours", "department-status", "不属于本部门", "another department must deal with it"),
)
"""In the order in which they would travel; those of one schema are its examples."""


@cache
def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found
