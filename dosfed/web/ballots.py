"""The forms about a ballot: one shows the choice again, one casts it, one takes it back."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.votes.methods.model import Choice
from dosfed.deliberation.votes.model import CastBallot, Poll, WithdrawBallot
from dosfed.deliberation.votes.polls import find_poll, load_polls
from dosfed.deliberation.votes.rules import check_ballot
from dosfed.instance import host_of
from dosfed.shown.viewers import View
from dosfed.web import debates, pages, proposals
from dosfed.web.forms import UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.pages import Visitor
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.services import BALLOTS


async def confirm(request: web.Request) -> web.Response:
    """POST {proposal}/ballot/confirm: shows what would be cast, and what that means (rule 3.22)."""
    form, visitor = await signed_in_form(request, "ballot", counted=BALLOTS)
    proposal = await proposals.proposal_id(request)
    command = await _command(request, form, visitor, proposal)
    try:
        poll, choice = await _check(request, command)
    except Refused as refused:
        return await _refuse(request, form, visitor, refused)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        found = await debates.load_proposal(request, connection, proposal, view)
        if found is None:
            return None
        values = {
            "page": found.page,
            "chosen": poll.method.names(choice, poll.options),
            "fields": poll.method.fields(choice, poll.options),
        }
        return Page(template="polls/confirm.html", values=values)

    return await pages.answer_now(request, load, visitor)


async def cast(request: web.Request) -> web.Response:
    """POST {proposal}/ballot: the fields by which the method of its poll says a choice."""
    form, visitor = await signed_in_form(request, "ballot", counted=BALLOTS)
    proposal = await proposals.proposal_id(request)
    try:
        await perform(request, await _command(request, form, visitor, proposal))
    except Refused as refused:
        return await _refuse(request, form, visitor, refused)
    is_sent = "address" in request.match_info
    place = request.path.removesuffix("/ballot")
    raise web.HTTPSeeOther(f"{place}?notice={'ballot-sent' if is_sent else 'ballot'}#poll")


async def withdraw(request: web.Request) -> web.Response:
    """POST {proposal}/ballot/withdraw: takes back the ballot that stands (rule 1.14)."""
    form, visitor = await signed_in_form(request, "ballot", counted=BALLOTS)
    proposal = await proposals.proposal_id(request)
    poll = await _poll(request, proposal)
    try:
        voter = ActorId(signed_in(visitor).id)
        await perform(request, WithdrawBallot(poll=poll.id, voter=voter))
    except Refused as refused:
        return await _refuse(request, form, visitor, refused)
    is_sent = "address" in request.match_info
    place = request.path.removesuffix("/ballot/withdraw")
    notice = "ballot-back-sent" if is_sent else "ballot-back"
    raise web.HTTPSeeOther(f"{place}?notice={notice}#poll")


async def _command(request: web.Request, form: Form, visitor: Visitor, proposal: str) -> CastBallot:
    poll = await _poll(request, proposal)
    return CastBallot(
        poll=poll.id,
        voter=ActorId(signed_in(visitor).id),
        said=poll.method.said(form.all, poll.options),
        adds=False,
        published=None,
    )


async def _poll(request: web.Request, proposal: str) -> Poll:
    async with request.app[DATABASE].read() as connection:
        poll = await find_poll(connection, proposal)
    if poll is None:
        raise web.HTTPNotFound
    return poll


async def _check(request: web.Request, command: CastBallot) -> tuple[Poll, Choice]:
    """Return a poll with the choice made in it.

    Raises `Refused` where the door would: whoever confirms has nothing to learn after that.
    """
    async with request.app[DATABASE].read() as connection:
        record = (await load_polls(connection, [command.poll])).get(command.poll)
    instance = request.app[INSTANCE]
    is_citizen = instance.is_ours(command.voter)
    is_judged = record is not None and (record.home is None or is_citizen)
    record = check_there(record if is_judged else None, Refusal.UNKNOWN_POLL)
    choice = check_ballot(
        record.poll,
        command,
        voter_host=host_of(command.voter),
        here=record.home or instance.host,
        at=request.app[CLOCK].now(),
    )
    return record.poll, choice


async def _refuse(
    request: web.Request, form: Form, visitor: Visitor, refused: Refused
) -> web.Response:
    wrong = replace(form, errors={"option": said(refused)})
    proposal = await proposals.proposal_id(request)
    load = proposals.loader(request, proposal, wrong, status=UNPROCESSABLE)
    return await pages.answer_now(request, load, visitor)
