"""Roles, departments, clocks and categories that later steps name must be declared."""

from collections.abc import Iterator

from schemas.policy.pack import PolicyPack

Problem = tuple[tuple[str | int, ...], str]
_CUSTOMER = "customer"
"""Who signs a plan is not always staff."""


def declared(pack: PolicyPack) -> Iterator[Problem]:
    """Yield each name in lists, approvals, follow-up and reports that nothing declares."""
    yield from _roles(pack)
    yield from _departments(pack)
    clocks = {rule.clock for rule in pack.clocks}
    for index, follow_up in enumerate(pack.follow_up):
        if follow_up.clock not in clocks:
            yield ("follow_up", index, "clock"), f"no clock {follow_up.clock!r}: use one of {sorted(clocks)}"
    yield from _classes(pack)


def _roles(pack: PolicyPack) -> Iterator[Problem]:
    known = {role.code for role in pack.roles} | {_CUSTOMER}
    for location, role in _named_roles(pack) if pack.roles else ():
        if role not in known:
            yield location, f"no role {role!r}: declare it under roles or use one of {sorted(known)}"


def _named_roles(pack: PolicyPack) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, rule in enumerate(pack.escalation):
        yield from ((("escalation", index, "informed"), role) for role in rule.informed)
    for index, accused in enumerate(pack.accused):
        yield ("accused", index, "role"), accused.role
    for index, approval in enumerate(pack.approvals):
        yield from ((("approvals", index, "by"), role) for role in approval.by)
        yield from ((("approvals", index, "supervised_by"), role) for role in approval.supervised_by)
    for index, report in enumerate(pack.reports):
        if report.approved_by is not None:
            yield ("reports", index, "approved_by"), report.approved_by
        yield from ((("reports", index, "copies"), role) for role in report.copies)
    for index, clock in enumerate(pack.clocks):
        yield from ((("clocks", index, "extended"), one.approved_by) for one in clock.extended)


def _departments(pack: PolicyPack) -> Iterator[Problem]:
    known = set(pack.department_codes)
    named = [(("causes", index, "bears"), cause.bears) for index, cause in enumerate(pack.causes)]
    named += [
        (("follow_up", index, "responsible"), one.responsible)
        for index, one in enumerate(pack.follow_up)
        if one.responsible is not None
    ]
    for location, department in named:
        if department not in known:
            yield location, f"no department {department!r}: declare it or use one of {sorted(known)}"


def _classes(pack: PolicyPack) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for index, one in enumerate(pack.classes):
        for category in one.categories:
            if pack.category(category) is None:
                known = sorted(category.code for category in pack.categories)
                yield ("classes", index, "categories"), f"no category {category!r}: use one of {known}"
            elif category in taken:
                yield ("classes", index, "categories"), f"{category!r} is in {taken[category]!r} already: keep one"
            taken.setdefault(category, one.code)
    if pack.classes and (missing := {category.code for category in pack.categories} - set(taken)):
        yield ("classes",), f"categories {sorted(missing)} are in no class: every complaint needs one to be counted in"
