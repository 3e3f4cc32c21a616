"""Standing behind a proposal by name, and who does."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.model import CoSign
from dosfed.shown.proposal_pages import load_signers_page
from dosfed.shown.viewers import View
from dosfed.web import objects, pages
from dosfed.web.forms import UNPROCESSABLE, perform, signed_in, signed_in_form
from dosfed.web.proposals import loader, proposal_id
from dosfed.web.refusals import REASONS
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /p/{id}/co-signers: all names, a page at a time."""
    if wants_json(request):
        return await objects.show(request)
    proposal = await proposal_id(request)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_signers_page(connection, proposal, view)
        if page is None:
            return None
        return Page(template="proposals/co_signers.html", values={"page": page})

    return await pages.answer(request, load)


async def sign(request: web.Request) -> web.Response:
    """POST /p/{id}/co-sign: with `sign`, or without to step back."""
    form, visitor = await signed_in_form(request, "co-sign")
    viewer, is_signed = signed_in(visitor), bool(form.value("sign"))
    command = CoSign(
        proposal=ProposalId(await proposal_id(request)),
        actor=ActorId(viewer.id),
        name=viewer.handle,
        is_signed=is_signed,
    )
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal is Refusal.UNKNOWN_OBJECT:
            raise web.HTTPNotFound from refused
        wrong = replace(form, errors={"form": REASONS[refused.refusal]})
        load = loader(request, command.proposal, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    place = request.path.removesuffix("/co-sign")
    raise web.HTTPSeeOther(f"{place}?notice={'signed' if is_signed else 'unsigned'}#co-signers")
