"""What rows are called: stages by what they do, departments as in the policy pack."""

from collections.abc import Mapping

from operations.lag.watched import Watched
from operations.saying import Said
from schemas.policy import PolicyPack

STAGES: Mapping[str, Said] = {
    "archive": Said("存档原件", "archive: keep the originals"),
    "clock": Said("24 小时时限计时", "clock: the promise of 24 hours"),
    "alarm": Said("人身安全警报", "alarm: safety"),
    "additions": Said("附件与补充", "additions: files and updates"),
    "deduplicate": Said("去重与归案", "deduplicate: find the case"),
    "classify": Said("分类", "classify: kind, category, severity"),
    "route": Said("分派部门", "route: to the departments"),
    "acknowledge": Said("回执", "acknowledge: write the answer"),
    "confirm": Said("回执确认", "confirm: one result a complaint"),
    "tasks": Said("人工任务", "tasks: what people must do"),
    "review": Said("复核", "review: what people look at"),
    "reachability": Said("联系可达性", "reachability: which ways are closed"),
    "index": Said("检索索引", "index: for the search"),
    "notify": Said("进展通知", "notify: messages to customers"),
    "casework": Said("部门办理", "casework: what departments did"),
}


def departments(pack: PolicyPack) -> Mapping[str, Said]:
    """What each department of the pack is called, by its code."""
    return {one.code: Said(one.title.zh_hans, one.title.en) for one in pack.departments}


class Titles:
    """The titles of one installation; what has none is called by its name."""

    def __init__(self, pack: PolicyPack) -> None:
        self._departments = departments(pack)

    def of(self, watched: Watched) -> Said:
        """The title of a row."""
        known = STAGES if watched.kind == "stage" else self._departments
        return known.get(watched.name) or Said(watched.name, watched.name)
