"""All commands, in the order `intake --help` lists them."""

import typer

from deploy.cli import dead_letters, parse, platform, policy, settings, sla, submit, tail, topics

app = typer.Typer(
    name="intake",
    help="Complaint intake: every message becomes one complaint on Kafka, acknowledged within 24 hours.",
    epilog="Data on stdout, progress on stderr. Exit codes: 0 good, 1 finding, 2 usage, 3 cannot reach.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("submit")(submit.submit)
app.command("parse")(parse.parse)
app.command("sla")(sla.sla)
app.add_typer(dead_letters.app)
app.command("tail")(tail.tail)
app.command("topics")(topics.topics)
app.command("settings")(settings.settings)
app.add_typer(policy.app)
app.add_typer(platform.app)
