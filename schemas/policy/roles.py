"""Roles: who is informed, judges, approves. People hold them elsewhere; a pack names no person."""

from schemas.policy.base import Hyphenated, PolicyPart, Titles


class Role(PolicyPart):
    """A role of escalation lists, approvals and reports. Route names those of the lists."""

    code: Hyphenated
    title: Titles
