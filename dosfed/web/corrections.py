"""The page on which an author answers what a team asked of their proposal (rule 3.34)."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.model import AnswerCorrection
from dosfed.deliberation.proposals.rules import REASON_LENGTH
from dosfed.shown.corrections import load_correction_page
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.pages import visitor_of
from dosfed.web.proposals import proposal_id
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.signing import sign_in_first

# To whoever has no part in it, there is no such page.
_NOBODYS = {Refusal.NOT_THE_AUTHOR, Refusal.UNKNOWN_OBJECT}


async def show(request: web.Request) -> web.Response:
    """GET /p/{id}/correction: what was said, for its author and the team."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    return await pages.answer_now(request, await _loader(request), visitor)


async def answer(request: web.Request) -> web.Response:
    """POST /p/{id}/correction: `text`, an answer of its author."""
    form, visitor = await signed_in_form(request, "correction")
    command = AnswerCorrection(
        id=ProposalId(await proposal_id(request)),
        by=ActorId(signed_in(visitor).id),
        text=form.value("text"),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal in _NOBODYS:
            raise web.HTTPNotFound from refused
        wrong = replace(form, errors={"text": said(refused, command.text, REASON_LENGTH)})
        load = await _loader(request, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{request.path}?notice=correction-answered")


async def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    proposal = await proposal_id(request)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        if view.viewer is None:
            return None
        page = await load_correction_page(connection, proposal, view, view.viewer)
        if page is None:
            return None
        values = {"page": page, "form": form}
        return Page(template="proposals/correction.html", values=values, status=status)

    return load
