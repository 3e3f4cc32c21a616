"""The buttons by which somebody finds an argument strong or weak."""

from dataclasses import replace
from typing import Literal

from aiohttp import web

from dosfed.context import DATABASE
from dosfed.deliberation.debate.model import Weigh
from dosfed.deliberation.model import ActorId, Refused
from dosfed.shown.argument_pages import find_at
from dosfed.web import debates, pages, proposals
from dosfed.web.forms import UNPROCESSABLE, perform, signed_in, signed_in_form
from dosfed.web.refusals import REASONS

_WEIGHTS: dict[str, Literal[-1, 0, 1]] = {"strong": 1, "weak": -1, "neither": 0}


async def weigh(request: web.Request) -> web.Response:
    """POST {proposal}/weights: `strong`, `weak` or `neither` holds the place of an argument."""
    form, visitor = await signed_in_form(request, "weight")
    proposal = await proposals.proposal_id(request)
    name = next((name for name in _WEIGHTS if form.value(name)), "")
    async with request.app[DATABASE].read() as connection:
        argument = await find_at(connection, proposal, form.value(name)) if name else None
    if argument is None:
        raise web.HTTPNotFound
    actor = ActorId(signed_in(visitor).id)
    anchor = form.value(name)
    try:
        await perform(request, Weigh(object=argument, actor=actor, weight=_WEIGHTS[name]))
    except Refused as refused:
        wrong = replace(form, errors={"form": REASONS[refused.refusal]})
        load = proposals.loader(request, proposal, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    place = request.path.removesuffix("/weights")
    raise web.HTTPSeeOther(f"{place}?{debates.query_of(request, at=anchor)}#{anchor}")
