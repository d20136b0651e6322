"""All commands, in the order `intake --help` lists them."""

import typer

from deploy.cli import (
    dead_letters,
    lag,
    parse,
    platform,
    policy,
    processes,
    settings,
    show,
    sla,
    stages,
    submit,
    suspended,
    tail,
    topics,
    understand,
)

app = typer.Typer(
    name="intake",
    help="Complaint intake: every message becomes one complaint on Kafka, acknowledged within 24 hours.",
    epilog="Data on stdout, progress on stderr. Exit codes: 0 good, 1 finding, 2 usage, 3 cannot reach.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("run")(processes.run)
app.command("gateway")(processes.gateway)
app.command("connector")(processes.connector)
app.command("worker")(processes.worker)
app.add_typer(platform.app)
app.command("submit")(submit.submit)
app.command("show")(show.show)
app.command("tail")(tail.tail)
app.command("lag")(lag.lag)
app.command("sla")(sla.sla)
app.add_typer(suspended.app)
app.add_typer(dead_letters.app)
app.command("stages")(stages.stages)
app.command("resume")(stages.resume)
app.command("parse")(parse.parse)
app.command("understand")(understand.understand)
app.add_typer(policy.app)
app.command("topics")(topics.topics)
app.command("settings")(settings.settings)
