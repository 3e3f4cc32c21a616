"""New texts of published proposals, on the page where they are read a second time."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.model import DecideNewText, DropNewText
from dosfed.deliberation.proposals.rules import REASON_LENGTH
from dosfed.shown.new_texts import load_new_text_page
from dosfed.shown.viewers import View
from dosfed.web import pages, paths
from dosfed.web.decisions import revision_number
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.pages import visitor_of
from dosfed.web.proposals import proposal_id
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.signing import sign_in_first

# Of these nothing is left to decide on: the page of the proposal says how it stands.
_OVER = {Refusal.ALREADY_DECIDED, Refusal.FROZEN, Refusal.HIDDEN, Refusal.UNKNOWN_OBJECT}


async def show(request: web.Request) -> web.Response:
    """GET /p/{id}/new-text: what its author would change of it."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    return await pages.answer_now(request, await _loader(request), visitor)


async def accept(request: web.Request) -> web.Response:
    """POST /p/{id}/new-text/accept: a facilitator publishes it."""
    return await _decide(request, is_accepted=True)


async def refuse(request: web.Request) -> web.Response:
    """POST /p/{id}/new-text/refuse: a facilitator turns it down, with a reason."""
    return await _decide(request, is_accepted=False)


async def _decide(request: web.Request, *, is_accepted: bool) -> web.Response:
    form, visitor = await signed_in_form(request, "new-text")
    command = DecideNewText(
        id=ProposalId(await proposal_id(request)),
        by=ActorId(signed_in(visitor).id),
        is_accepted=is_accepted,
        reason=form.value("reason").strip(),
        number=revision_number(form.value("number")) or 0,
        version=revision_number(form.value("version")) or 0,
    )
    place = paths.path_of(command.id)
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal is Refusal.NOT_ALLOWED:
            raise web.HTTPForbidden from refused
        if refused.refusal in _OVER:
            raise web.HTTPSeeOther(paths.with_notice(place, "text-over")) from refused
        wrong = replace(form, errors={"reason": said(refused, command.reason, REASON_LENGTH)})
        load = await _loader(request, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    notice = "text-taken" if is_accepted else "text-refused"
    raise web.HTTPSeeOther(paths.with_notice(place, notice))


async def drop(request: web.Request) -> web.Response:
    """POST /p/{id}/new-text/drop: its author lets go of it."""
    _, visitor = await signed_in_form(request, "new-text")
    proposal = ProposalId(await proposal_id(request))
    try:
        await perform(request, DropNewText(id=proposal, by=ActorId(signed_in(visitor).id)))
    except Refused as refused:
        raise web.HTTPForbidden from refused
    raise web.HTTPSeeOther(paths.with_notice(paths.path_of(proposal), "text-dropped"))


async def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    proposal = await proposal_id(request)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        if view.viewer is None:
            return None
        page = await load_new_text_page(connection, proposal, view, view.viewer)
        if page is None:
            # Decided meanwhile, or somebody else's: there is nothing to see but the proposal.
            raise web.HTTPSeeOther(paths.path_of(proposal))
        values = {"page": page, "form": form}
        template, within = "proposals/new_text.html", page.head.id
        return Page(template=template, values=values, status=status, within=within)

    return load
