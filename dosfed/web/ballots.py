"""The form that casts a ballot."""

from dataclasses import replace

from aiohttp import web

from dosfed.activitypub.services import DATABASE
from dosfed.deliberation.lookups import find_poll
from dosfed.deliberation.model import ActorId, CastBallot, PollId, Refused
from dosfed.web import pages, proposals
from dosfed.web.forms import UNPROCESSABLE, perform, signed_in, signed_in_form
from dosfed.web.refusals import REASONS


async def cast(request: web.Request) -> web.Response:
    """POST /p/{id}/ballot: `option`, repeated where several may be chosen."""
    form, visitor = await signed_in_form(request, "ballot")
    proposal = await proposals.proposal_id(request)
    async with request.app[DATABASE].read() as connection:
        poll = await find_poll(connection, proposal)
    if poll is None:
        raise web.HTTPNotFound
    command = CastBallot(
        poll=PollId(poll),
        voter=ActorId(signed_in(visitor).id),
        choices=form.all("option"),
        adds=False,
        published=None,
    )
    try:
        await perform(request, command)
    except Refused as refused:
        wrong = replace(form, errors={"option": REASONS[refused.refusal]})
        load = proposals.loader(request, proposal, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    is_sent = "address" in request.match_info
    place = request.path.removesuffix("/ballot")
    raise web.HTTPSeeOther(f"{place}?notice={'ballot-sent' if is_sent else 'ballot'}#poll")
