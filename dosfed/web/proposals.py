"""Proposals: their page, who stands behind them, and how facilitators decide on them."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.acts.facts import ProposalPublished, ProposalRefused
from dosfed.context import DATABASE, INSTANCE
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.deliberation.proposals.model import CoSign, DecideProposal
from dosfed.deliberation.proposals.rules import REASON_LENGTH
from dosfed.deliberation.votes.polls import find_proposal_of
from dosfed.deliberation.whereabouts import find_address, find_contribution, find_mirrored
from dosfed.shown.proposal_pages import HiddenPage, load_hidden, load_signers_page
from dosfed.shown.viewers import View
from dosfed.web import consultations, debates, objects, pages, paths
from dosfed.web.decisions import Spoken, read_decision, revision_number
from dosfed.web.forms import (
    EMPTY,
    UNPROCESSABLE,
    Form,
    perform,
    signed_in,
    signed_in_form,
)
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.typed import typed


async def show(request: web.Request) -> web.Response:
    """GET /p/{id}, and /c/{name}@{host}/p/{id} for one that lives elsewhere."""
    if wants_json(request):
        if "address" in request.match_info:
            raise web.HTTPFound(await proposal_id(request))
        return await objects.show(request)
    # Anyone who is signed in answers an argument in the form below the debate.
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
        found = await debates.load_proposal(request, connection, proposal, view, reply=reply)
        if found is None:
            hidden = await load_hidden(connection, proposal, view)
            if hidden is not None:
                return _hidden_page(request, hidden, form, status=status)
            note = await find_contribution(connection, proposal)
            if note is not None:
                raise web.HTTPSeeOther(paths.place(note))
            return None
        return Page(
            template="proposals/show.html",
            values={
                "page": found.page,
                "details": found.details,
                "follows": found.follows,
                "new_text": found.new_text,
                "form": form,
                "reply": found.page.debate.find(reply),
            },
            status=status,
            object=found.page.id,
            within=found.page.head.id,
        )

    return load


def _hidden_page(request: web.Request, page: HiddenPage, form: Form, *, status: int) -> Page:
    """Return the page of a hidden proposal; what was typed into a form of it is not lost."""
    values = {"page": page, "form": form, "typed": typed(request, form)}
    return Page(
        template="proposals/hidden.html",
        values=values,
        status=status,
        object=page.id,
        within=page.head.id,
    )


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


async def accept(request: web.Request) -> web.Response:
    """POST /p/{id}/accept: a facilitator publishes a proposal."""
    return await _decide(request, is_accepted=True)


async def refuse(request: web.Request) -> web.Response:
    """POST /p/{id}/refuse: a facilitator turns a proposal down, with a reason."""
    return await _decide(request, is_accepted=False)


async def _decide(request: web.Request, *, is_accepted: bool) -> web.Response:
    form, visitor = await signed_in_form(request, f"decision-{request.match_info['id']}")
    proposal = await proposal_id(request)
    by = signed_in(visitor).id
    spoken = Spoken(language="") if is_accepted else await _spoken(request, proposal)
    command = read_decision(form, proposal, by, spoken, is_accepted=is_accepted)
    try:
        address = await _decided(request, command)
    except Refused as refused:
        async with request.app[DATABASE].read() as connection:
            found = await find_address(connection, proposal)
        if found is None:
            raise web.HTTPNotFound from refused
        if refused.refusal is Refusal.NOT_ALLOWED:
            raise web.HTTPForbidden from refused
        wrong = replace(form, errors={"reason": said(refused, command.reason, REASON_LENGTH)})
        load = consultations.loader(request, found, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    notice = "proposal" if is_accepted else "refused"
    raise web.HTTPSeeOther(f"/c/{address}?notice={notice}#waiting")


async def _spoken(request: web.Request, proposal: str) -> Spoken:
    """Return the language in which a refusal of a proposal is said, and in which words."""
    async with request.app[DATABASE].read() as connection:
        record = await load_proposal(connection, proposal)
        if record is None:
            return Spoken(language="")
        around = await load_consultations(connection, [record.consultation])
    return Spoken(language=record.language, own=around[record.consultation].reasons)


async def _decided(request: web.Request, command: DecideProposal) -> str:
    """Decide on a proposal; return the address of its consultation."""
    (fact,) = (await perform(request, command)).facts
    if not isinstance(fact, ProposalPublished | ProposalRefused):
        raise TypeError(fact)
    return fact.record.address


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


async def show_signers(request: web.Request) -> web.Response:
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


async def co_sign(request: web.Request) -> web.Response:
    """POST /p/{id}/co-sign: with `sign`, or without to step back."""
    form, visitor = await signed_in_form(request, "co-sign")
    viewer, is_signed = signed_in(visitor), bool(form.value("sign"))
    command = CoSign(
        proposal=ProposalId(await proposal_id(request)),
        actor=ActorId(viewer.id),
        name=viewer.handle,
        is_signed=is_signed,
        version=revision_number(form.value("version")),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal is Refusal.UNKNOWN_OBJECT:
            raise web.HTTPNotFound from refused
        wrong = replace(form, errors={"form": said(refused)})
        load = loader(request, command.proposal, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    place = request.path.removesuffix("/co-sign")
    raise web.HTTPSeeOther(f"{place}?notice={'signed' if is_signed else 'unsigned'}#co-signers")
