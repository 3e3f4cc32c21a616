"""Proposals: their page, and how they are proposed and decided on."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.services import CLOCK, DATABASE, INSTANCE
from dosfed.deliberation.lookups import find_address, find_mirrored, find_proposal_of
from dosfed.deliberation.model import (
    ActorId,
    DecideProposal,
    ProposalId,
    Refusal,
    Refused,
    SubmitProposal,
)
from dosfed.deliberation.queries import (
    View,
    load_head,
    load_proposal,
)
from dosfed.deliberation.rules import TITLE_LENGTH
from dosfed.web import consultations, debates, objects, pages
from dosfed.web.forms import (
    EMPTY,
    UNPROCESSABLE,
    Form,
    chosen_language,
    perform,
    signed_in,
    signed_in_form,
)
from dosfed.web.refusals import REASONS
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /p/{id}, and /c/{name}@{host}/p/{id} for one that lives elsewhere."""
    if wants_json(request):
        if "address" in request.match_info:
            raise web.HTTPFound(await proposal_id(request))
        return await objects.show(request)
    # Who is signed in answers an argument in the form below the debate.
    reply = debates.reply_of(request)
    load = loader(request, await proposal_id(request), reply=reply)
    return await pages.answer(request, load, also=(debates.reading_of(request), reply))


def loader(
    request: web.Request,
    proposal: str,
    form: Form = EMPTY,
    *,
    reply: str | None = None,
    status: int = 200,
) -> pages.Load:
    """Return what loads a proposal's page, with what was typed into a form of it."""

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        debate = await debates.load(request, connection, proposal, reply=reply)
        page = await load_proposal(connection, proposal, view, debate)
        if page is None:
            return None
        return Page(
            template="proposals/show.html",
            values={"page": page, "form": form, "reply": page.debate.find(reply)},
            status=status,
            object=page.id,
        )

    return load


async def show_poll(request: web.Request) -> web.Response:
    """GET /polls/{id}: people see a poll on its proposal's page."""
    if wants_json(request):
        return await objects.show(request)
    poll = f"{request.app[INSTANCE].base_url}{request.path}"
    async with request.app[DATABASE].read() as connection:
        proposal = await find_proposal_of(connection, poll)
    if proposal is None:
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(f"{proposal}#poll")


async def submit(request: web.Request) -> web.Response:
    """POST /c/{name}/proposals."""
    form, visitor = await signed_in_form(request, "proposal")
    viewer, address = signed_in(visitor), request.match_info["address"]
    async with request.app[DATABASE].read() as connection:
        head = await load_head(connection, address, now=request.app[CLOCK].now())
    if head is None:
        raise web.HTTPNotFound
    command = SubmitProposal(
        addressed=(head.id,),
        author=ActorId(viewer.id),
        author_name=viewer.handle,
        title=form.value("title"),
        text=form.value("text"),
        language=chosen_language(form, head.language),
        source=None,
    )
    try:
        done = await perform(request, command)
    except Refused as refused:
        wrong = _wrong_field(form, refused.refusal)
        load = consultations.loader(address, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    notice = "proposal-waits" if head.consultation.needs_facilitator else "proposal"
    place = f"/c/{address}?notice={notice}#waiting"
    if not head.consultation.needs_facilitator:
        place = f"{done.id}?notice={notice}"
    raise web.HTTPSeeOther(place)


async def accept(request: web.Request) -> web.Response:
    """POST /p/{id}/accept: a facilitator publishes a proposal."""
    return await _decide(request, is_accepted=True)


async def refuse(request: web.Request) -> web.Response:
    """POST /p/{id}/refuse: a facilitator turns a proposal down, with a reason."""
    return await _decide(request, is_accepted=False)


async def _decide(request: web.Request, *, is_accepted: bool) -> web.Response:
    form, visitor = await signed_in_form(request, f"decision-{request.match_info['id']}")
    proposal = await proposal_id(request)
    async with request.app[DATABASE].read() as connection:
        address = await find_address(connection, proposal)
    if address is None:
        raise web.HTTPNotFound
    command = DecideProposal(
        id=ProposalId(proposal),
        by=ActorId(signed_in(visitor).id),
        is_accepted=is_accepted,
        reason=form.value("reason").strip(),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal is Refusal.NOT_ALLOWED:
            raise web.HTTPForbidden from refused
        wrong = replace(form, errors={"reason": REASONS[refused.refusal]})
        load = consultations.loader(address, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    notice = "proposal" if is_accepted else "refused"
    raise web.HTTPSeeOther(f"/c/{address}?notice={notice}#waiting")


async def proposal_id(request: web.Request) -> str:
    """Return the id of the proposal that a request is about, here or mirrored."""
    token = request.match_info["id"]
    address = request.match_info.get("address")
    if address is None:
        return f"{request.app[INSTANCE].base_url}/p/{token}"
    async with request.app[DATABASE].read() as connection:
        found = await find_mirrored(connection, address, token)
    if found is None:
        raise web.HTTPNotFound
    return found


def _wrong_field(form: Form, refusal: Refusal) -> Form:
    """Return a form that says beside the right field why it was refused."""
    title = form.value("title").strip()
    is_title = not title or len(title) > TITLE_LENGTH
    is_field = refusal in {Refusal.EMPTY, Refusal.TOO_LONG}
    field = ("title" if is_title else "text") if is_field else "form"
    return replace(form, errors={field: REASONS[refusal]})
