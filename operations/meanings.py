"""What each stage and service is for, in the languages operators read; the English stands in the pipeline."""

from collections.abc import Mapping

from operations.lag.titles import departments
from operations.saying import Said
from schemas.policy import PolicyPack
from schemas.settings import Settings
from workers.pipeline import PIPELINE, SERVICES
from workers.webhooks import WEBHOOK_GROUP

_CHINESE: Mapping[str, str] = {
    "archive": "保存每一次来件的原始内容",
    "clock": "为每一件来件记下 24 小时回执的时限",
    "alarm": "可能危及人身安全时，几分钟内通知人员，不受其他环节积压影响",
    "additions": "把后到的附件、录音、补录文字和更新并入原投诉，成为新版本",
    "deduplicate": "归案：重复、补充、再次发生、疑似相关或新投诉",
    "classify": "判断性质、类别、严重程度和紧急程度",
    "route": "把每件投诉转给负责的部门，个人信息已遮盖",
    "acknowledge": "为每件投诉写一份回执，放入待发消息",
    "confirm": "保证每件投诉只有一条回执结果",
    "notify": "把要告诉顾客的进展放入待发消息，每条一次",
    "casework": "记录部门对每个案件的办理，并告知顾客",
    "tasks": "记录需要人做的事，直到完成",
    "review": "记录需要人工复核的投诉、复核结论和来件统计",
    "reachability": "记录哪些联系方式已不可用、哪些消息没有送达",
    "index": "保存每件投诉的最新情况，供查找",
    "sweeper": "到第 20 小时，为还没有收到回执的人发出回执",
    "sender": "发送待发消息，每条最多一次",
    "sampler": "每周抽取一批投诉供人工复核",
    "opinion": "系统没有把握时，请另一个模型给出参考意见；未配置时不工作",
    "follow-up": "跟进无部门接收的案件，转走不属于该部门的案件",
    "fetcher": "下载渠道通知的附件，直到保存妥当",
    "auditor": "登记每条记录的位置，即 `intake reconcile` 的台账",
    "webhooks": "把记录推送给只能用 HTTP 接收的部门系统；未配置时不工作",
    "republisher": "重新发布没有生成投诉的来件",
}


def meanings(settings: Settings, pack: PolicyPack) -> dict[str, Said]:
    """Return every stage and service with its one-line meaning, in the order a complaint meets them.

    Last come the posts to each department that is posted to: they stop and are resumed one by one, as stages are.
    """
    parts = {stage.name: _of(stage.name, stage.meaning) for stage in PIPELINE}
    parts |= {service.name: _of(service.name, service.meaning) for service in SERVICES}
    posted, titles = [code for code, one in settings.systems.items() if one.webhook_url], departments(pack)
    return parts | {f"{WEBHOOK_GROUP}{code}": _posts(titles.get(code, Said(code, code))) for code in posted}


def _of(name: str, english: str) -> Said:
    return Said(_CHINESE.get(name, english), english)


def _posts(department: Said) -> Said:
    return Said(f"把记录推送给{department.zh}的系统", f"posts records to the system of {department.en}")
