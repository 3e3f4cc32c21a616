"""The team of one consultation: who it is, who is invited, and what an invitation leads to."""

from binascii import Error as NotHex
from binascii import unhexlify
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.invitations import Invitation, find_invitation, list_invitations
from dosfed.accounts.rules import Unfit
from dosfed.accounts.tokens import digest
from dosfed.acts import consultation_teams
from dosfed.acts.consultation_teams import Offer
from dosfed.context import CLOCK, DATABASE, INSTANCE, SETTINGS
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Refused, Role
from dosfed.deliberation.team.rules import FOR_ONE
from dosfed.shown.consultations import ConsultationHead, load_head, load_whole_head
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.accounts.sign_up import over, show_invited
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, signed_in, signed_in_form
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/team: to those on it, and to whoever may change it."""
    return await desk.show(request, desk.TEAM, _loader(request))


async def invite(request: web.Request) -> web.Response:
    """POST /c/{name}/team: `role`, `note`; the link is shown once, and not kept."""
    form, visitor, by = await desk.read(request, desk.TEAM, "team")
    role = form.value("role")
    if role not in FOR_ONE:
        raise web.HTTPBadRequest
    offer = Offer(consultation=_consultation(request), role=Role(role), note=form.value("note"))
    give = partial(consultation_teams.invite_somebody, offer=offer, by=by)
    try:
        token = await desk.act(request, lambda connection, at: give(connection, at=at))
    except Refused as refused:
        wrong = desk.with_error(form, refused, "note")
        load = _loader(request, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    link = f"{request.app[SETTINGS].base_url}/invitation/{token}"
    return await pages.answer_now(request, _loader(request, link=link), visitor)


async def withdraw(request: web.Request) -> web.Response:
    """POST /c/{name}/team/withdraw: `digest`; to withdraw an invitation twice is no error."""
    form, _visitor, by = await desk.read(request, desk.TEAM, "withdraw")
    try:
        kept = unhexlify(form.value("digest"))
    except (NotHex, ValueError) as error:
        raise web.HTTPBadRequest from error
    take_back = partial(
        consultation_teams.take_invitation_back, consultation=_consultation(request), by=by
    )
    await desk.act(request, lambda connection, _at: take_back(connection, kept=kept))
    raise desk.done(request, "withdrawn", request.path.removesuffix("/withdraw"))


async def remove(request: web.Request) -> web.Response:
    """POST /c/{name}/team/remove: `person`, who may be oneself."""
    form, _visitor, by = await desk.read(request, desk.TEAM, "remove")
    person = form.value("person")
    take = partial(consultation_teams.remove, consultation=_consultation(request), by=by)
    await desk.act(request, lambda connection, at: take(connection, user=person, at=at))
    place = request.path.removesuffix("/remove" if person != by else "/team/remove")
    raise desk.done(request, "team-left", place)


async def open_invitation(request: web.Request) -> web.Response:
    """GET /invitation/{token}: to make an account, or where there is one, to join a team."""
    invitation = await _find_invited(request)
    if invitation is None or invitation.consultation is None:
        return await show_invited(request)
    visitor = await pages.visitor_of(request)
    if visitor.viewer is None or not request.app[INSTANCE].is_ours(visitor.viewer.id):
        return await show_invited(request, back=request.path)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_whole_head(
            connection, Consultations.id == invitation.consultation, now=view.now
        )
        values = {"head": head, "role": invitation.role}
        return None if head is None else Page(template="teams/invited.html", values=values)

    return await pages.answer_now(request, load, visitor)


async def accept(request: web.Request) -> web.Response:
    """POST /invitation/{token}/accept: somebody with an account here joins a team."""
    _form, visitor = await signed_in_form(request, "accept")
    viewer = signed_in(visitor)
    if not request.app[INSTANCE].is_ours(viewer.id):
        raise web.HTTPForbidden
    kept = digest(request.match_info["token"])
    join = partial(consultation_teams.accept, user=viewer.id, kept=kept)
    try:
        joined = await desk.act(request, lambda connection, at: join(connection, at=at))
    except Unfit:
        return await over(request, "invitation")
    name = joined.removeprefix(request.app[INSTANCE].consultation(""))
    raise desk.done(request, "team-joined", f"/c/{name}")


async def _find_invited(request: web.Request) -> Invitation | None:
    """Return the invitation that a link names, while it is good."""
    async with request.app[DATABASE].read() as connection:
        kept, now = digest(request.match_info["token"]), request.app[CLOCK].now()
        return await find_invitation(connection, kept, at=now)


def _consultation(request: web.Request) -> str:
    return request.app[INSTANCE].consultation(request.match_info["name"])


def _loader(
    request: web.Request, form: Form = EMPTY, *, link: str = "", status: int = 200
) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_head(connection, request.match_info["name"], now=view.now)
        if head is None or view.viewer is None:
            return None
        viewer = view.viewer.within(head.id)
        if not viewer.is_moderator:
            raise web.HTTPForbidden
        values = {
            "head": head,
            "form": form,
            "link": link,
            "members": await consultation_teams.load_team(connection, head.id),
            "invitations": await _invitations(connection, head) if viewer.is_organiser else (),
            "now": view.now,
            "roles": FOR_ONE,
        }
        return Page(template="teams/show.html", values=values, status=status, within=head.id)

    return load


async def _invitations(connection: AsyncConnection, head: ConsultationHead) -> list[Invitation]:
    return await list_invitations(connection, head.id)
