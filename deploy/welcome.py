"""What a person reads when everything runs: where to look, what to try."""

from pathlib import Path

from deploy.authorities import folders_of
from deploy.demo.staff import DemoStaff
from deploy.settings import DEMO_ACCOUNT
from schemas.delivery_lines import SubmittedLine
from schemas.settings import Settings

_LANGUAGES = "?lang=en for English"


def welcome(
    settings: Settings, url: str, log: Path | None = None, vendors: str | None = None, staff: DemoStaff | None = None
) -> str:
    """Return the addresses of a running system and the next commands to try."""
    rows = [
        ("form", f"{url}/   ({_LANGUAGES})"),
        ("API", f"POST {url}/api/v1/complaints   ({url}/openapi.json)"),
        ("systems", f"{url}/docs/departments   (how a department's system connects)"),
    ]
    demo, smtp = settings.mailboxes.get(DEMO_ACCOUNT), settings.smtp
    if demo is not None and smtp is not None:
        rows.append(
            ("mailbox", f"{demo.user}, send to it by SMTP {smtp.host}:{smtp.port}, IMAP {demo.host}:{demo.port}")
        )
    for account in settings.mailboxes.keys() - {DEMO_ACCOUNT}:
        rows.append(("mailbox", f"{account}: {settings.mailboxes[account].user}"))
    if vendors is not None:
        rows.append(("phones", f"{vendors}/   (what customers of the demo have received by WeChat and SMS)"))
    if staff is not None:
        rows.append(("board", f"{url}/ops   (operations: sign in as operator, supervisor or viewer)"))
        rows.append(("staff", f"{url}/staff/sign-in   ({', '.join(staff.names)}; password {staff.password})"))
    if vendors is not None:
        rows += [("drop", str(folder.path)) for folder in folders_of(settings).values()]
    rows += [("Kafka", settings.kafka.bootstrap_servers or ""), ("health", f"{url}/readyz   {url}/metrics")]
    if log is not None:
        rows.append(("log", str(log)))
    lines = ["", "Everything runs.", *(f"  {name:<8} {where}" for name, where in rows)]
    lines += ["", "In another terminal (. .venv/bin/activate first):"]
    lines += [
        "  intake tail departments.quality.v1 --from-beginning   what a department receives",
        "  intake show NUMBER                                    the history of one complaint",
        "  intake tasks list                                     what people must do",
        "  intake lag; intake sla                                is anything late?",
        "",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def fed(line: SubmittedLine) -> str:
    """Return a line about one sample that was handed over."""
    name = Path(line.file).name
    return f"  sample {name:<28} {line.tracking_number or 'by ' + line.way.upper() + ' to the mailbox'}"
