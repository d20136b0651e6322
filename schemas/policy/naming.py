"""What people call clocks and levels of escalation, as data: lists and explanations show these names."""

from schemas.policy.base import Code, Hyphenated, PolicyPart, Titles


class ClockName(PolicyPart):
    """The name of a clock. Every rule of that clock shares it."""

    code: Hyphenated
    title: Titles


class LevelName(PolicyPart):
    """The name of a level of escalation."""

    code: Code
    title: Titles


class Names(PolicyPart):
    """Names by code. What has none is shown by its code."""

    clocks: tuple[ClockName, ...] = ()
    levels: tuple[LevelName, ...] = ()
