"""Suspended deliveries and dead letters: look, let one, some or all of a kind go on after a dry run, put them away."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff.problems import NotAllowed, NotThere
from gateway.staff.roles import May
from gateway.staff.visit import Visit, visit
from operations.pages.parts import OperationsParts, operations_of
from operations.pages.piles.letters import LetterPile
from operations.pages.piles.pile import Action, Content, Pile, Row
from operations.pages.piles.suspended import SuspendedPile
from operations.pages.render import pages_of
from operations.pages.working import (
    Desk,
    asked,
    asking_kafka,
    chosen_ids,
    desk_of,
    id_of,
    noted,
    page_of,
    paged,
    reason_in,
    show,
    told,
)
from operations.replaying import Gone
from operations.resolving import in_language

Make = Callable[[OperationsParts, Desk], Pile]
AT_ONCE = 100
"""Items one press of a button acts on: each is a delivery read again, or a transaction."""
_MAY: dict[Action, May] = {"replay": May.REPLAY, "discard": May.DISCARD}


def router_of(name: str, make: Make) -> APIRouter:
    """The pages of one pile."""
    pages = _PilePages(f"/ops/{name}", make)
    router = APIRouter(prefix=pages.path, include_in_schema=False, default_response_class=HTMLResponse)
    router.add_api_route("", pages.show_list, methods=["GET"])
    router.add_api_route("/act", pages.act, methods=["POST"])
    router.add_api_route("/{item}", pages.show_one, methods=["GET"])
    router.add_api_route("/{item}/raw", pages.raw, methods=["POST"])
    return router


class _PilePages:
    """The handlers of one pile. `path` is where its list is."""

    def __init__(self, path: str, make: Make) -> None:
        self.path = path
        self._make = make

    async def show_list(self, request: Request) -> Response:
        """What waits: reasons with their counts, then the items, the oldest first."""
        here = await visit(request, May.SEE_OPERATIONS)
        pile = self._pile(request)
        with asking_kafka(operations_of(request)):
            every = await pile.overview()
        group, where = asked(request, "group"), asked(request, "where")
        wanted = [row for row in every.rows if group in (None, row.group) and where in (None, row.where)]
        return show(
            here,
            "pile.html",
            pile=pile.name,
            path=self.path,
            groups=every.groups,
            words=every.words,
            wheres=every.wheres,
            listed=paged(wanted, page_of(request)),
            group=group,
            where=where,
            at_once=AT_ONCE,
        )

    async def show_one(self, request: Request, item: str) -> Response:
        """One item with its masked beginning."""
        here = await visit(request, May.SEE_OPERATIONS)
        pile = self._pile(request)
        content, gone = None, None
        with asking_kafka(operations_of(request)):
            row = await _row(pile, id_of(item))
            if here.account.may(May.SEE_COMPLAINTS):
                await noted(here, f"{pile.name}.see", [row.item])
                try:
                    content = _readable(here, await pile.content(row.item))
                except Gone as error:
                    gone = in_language(str(error), pages_of(here).lang)
        return show(here, "pile_item.html", pile=pile.name, path=self.path, row=row, content=content, gone=gone)

    async def raw(self, request: Request, item: str) -> Response:
        """A piece as it came, as a file of plain text: never rendered. Needs a purpose, which is kept."""
        here = await visit(request, May.SEE_RAW)
        pile = self._pile(request)
        async with here.sent() as typed:
            purpose, wrong = reason_in(typed.fields, "purpose")
            name = typed.fields.get("piece", "0")
        back = f"{self.path}/{id_of(item)}"
        if wrong is not None:
            return told(here, back, wrong, done=False, status=422)
        with asking_kafka(operations_of(request)):
            row = await _row(pile, id_of(item))
            try:
                content = await pile.content(row.item)
            except Gone as error:
                return told(here, back, "desk.refused", done=False, detail=in_language(str(error), pages_of(here).lang))
        if _readable(here, content) is None:
            raise NotAllowed("a sealed one")
        piece = next((one for one in content.pieces if one.name == name), None)
        if piece is None:
            raise NotThere("no such piece")
        await noted(here, f"{pile.name}.raw", [row.item], purpose)
        headers = {
            "Content-Disposition": f'attachment; filename="{row.item}-{piece.name}.txt"',
            "Cache-Control": "no-store",
        }
        return Response(piece.content, media_type="text/plain; charset=utf-8", headers=headers)

    async def act(self, request: Request) -> Response:
        """Say what would be done; the same again with `sure` does it. What is acted on is what was shown."""
        here = await visit(request, May.SEE_OPERATIONS)
        pile = self._pile(request)
        async with here.sent() as typed:
            action = cast(Action, typed.fields.get("action"))
            if action not in _MAY:
                raise NotThere("no such act")
            if not here.account.may(_MAY[action]):
                raise NotAllowed(action)
            reason, wrong = reason_in(typed.fields, must=action == "discard")
            ids, group = chosen_ids(typed.fields), typed.fields.get("all")
            is_sure = typed.fields.get("sure") == "yes"
        if wrong is not None:
            return told(here, self.path, wrong, done=False, status=422)
        with asking_kafka(operations_of(request)):
            if group:
                ids = [row.item for row in (await pile.overview()).rows if row.group == group]
            left, ids = max(0, len(ids) - AT_ONCE), ids[:AT_ONCE]
            if not ids:
                return told(here, self.path, "desk.nothing_chosen", done=False, status=422)
            if is_sure:
                await noted(here, f"{pile.name}.{action}", ids, reason or None)
            found = await pile.act(action, ids, reason or "replayed", here.account.name, dry_run=not is_sure)
            numbers = {one: row.number for one in ids if (row := await pile.row(one))}
        lang = pages_of(here).lang
        results = [(one.id, numbers.get(one.id, ""), one.done, in_language(one.detail, lang)) for one in found]
        return show(
            here,
            "pile_results.html",
            pile=pile.name,
            path=self.path,
            action=action,
            reason=reason,
            results=results,
            is_sure=is_sure,
            gone=len(ids) - len(found),
            left=left,
        )

    def _pile(self, request: Request) -> Pile:
        return self._make(operations_of(request), desk_of(request))


async def _row(pile: Pile, item: UUID) -> Row:
    found = await pile.row(item)
    if found is None:
        raise NotThere("no such item")
    return found


def _readable(here: Visit, content: Content) -> Content | None:
    """What is sealed is read by those alone who answer authorities."""
    return content if not content.sealed or here.account.may(May.SEE_SEALED) else None


suspended_router = router_of("suspended", SuspendedPile)
letters_router = router_of("dead-letters", LetterPile)
