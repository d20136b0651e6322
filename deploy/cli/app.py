"""All commands, in the order `intake --help` lists them. Only the one that is asked for is imported."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import typer

COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("processes.run", "Run everything in one process; Ctrl-C stops it."),
    "gateway": ("processes.gateway", "Run the gateway alone: form, API, health."),
    "connector": ("processes.connector", "Run one connector alone."),
    "worker": ("processes.worker", "Run stages, the sender, the sweeper or the auditor alone."),
    "submit": (
        "submit.submit",
        "Hand files over and say the tracking number, or that the mailbox has it.",
    ),
    "find": ("find.find", "Print complaints, newest first; without a query the newest of all."),
    "show": ("show.show", "Print one complaint's history with the reasons."),
    "tail": ("tail.tail", "Print the records of a topic (committed ones only) as they come; Ctrl-C or --max ends it."),
    "lag": ("lag.lag", "Print lag per stage and department, in records and time."),
    "sla": (
        "sla.sla",
        "Count complaints by the time left to their acknowledgement; also those that wait in suspended.",
    ),
    "reconcile": (
        "reconcile.reconcile",
        "Judge that everything that was stored is in exactly one state and nothing is there twice.",
    ),
    "stages": ("stages.stages", "List all stages; which stopped, and why."),
    "resume": ("stages.resume", "Let a stopped stage go on, with a reason on record."),
    "parse": ("parse.parse", "Read files without a broker: one JSON line a complaint."),
    "understand": (
        "understand.understand",
        'Read JSON lines {"id", "text", …} from stdin and print what is understood, one JSON line each.',
    ),
    "link": (
        "link.link",
        "Read complaints as JSON lines from stdin, in time order, and print the verdict on each, one JSON line each.",
    ),
    "topics": (
        "topics.topics",
        "Print every topic with its meaning, writer, key, retention and how personal its records are.",
    ),
    "settings": (
        "settings.settings",
        "Print every setting: value, default, meaning, where it came from. Secrets are masked.",
    ),
    "platform": ("platform.app", "The embedded Kafka, PostgreSQL and demo mailbox."),
    "suspended": ("suspended.app", "Deliveries that could not be read."),
    "dead-letters": ("dead_letters.app", "Records a stage could not process."),
    "tasks": ("tasks.app", "What people must do."),
    "review": ("review.app", "What people look at, what they said, and whether the machine drifts."),
    "replay": (
        "replay.replay",
        "Say what other rules or another model would change in past complaints.",
    ),
    "relink": ("relink.relink", "Move a complaint to the case of another, or to a case of its own"),
    "reroute": ("relink.reroute", "Move the case of a complaint to another department, with all that belongs to it."),
    "referral": ("referral.app", "Receipts and answer drafts for authorities."),
    "policy": ("policy.app", "Check and explain policy packs."),
    "qr": ("qr.app", "QR codes for the stores."),
    "alerts": ("alerts.app", "What people were told was wrong."),
    "staff": ("staff.app", "Who may sign in at the staff pages."),
    "monitoring": ("monitoring.app", "What to hand to Grafana, Prometheus and KEDA."),
    "tokens": ("tokens.app", "Tokens of department systems and of monitoring."),
}
"""Name → where it is in this folder, and how its help begins."""


def load(name: str) -> Any:
    """The function of a command, or the Typer application of a group of commands."""
    module, _, attribute = COMMANDS[name][0].partition(".")
    return getattr(import_module(f"deploy.cli.{module}"), attribute)


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Build the command line for these arguments; of commands they do not ask for it has the help line only."""
    app = typer.Typer(
        name="intake",
        help="Complaint intake: every message becomes one complaint on Kafka, acknowledged within 24 hours.",
        epilog="Data on stdout, progress on stderr. Exit codes: 0 good, 1 finding, 2 usage, 3 cannot reach.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, (_, help_line) in COMMANDS.items():
        found = load(name) if name == asked else _not_asked_for
        if isinstance(found, typer.Typer):
            app.add_typer(found)
        else:
            app.command(name, help=None if name == asked else help_line)(found)
    return app


def _not_asked_for() -> None:
    raise AssertionError("only its help line is here")
