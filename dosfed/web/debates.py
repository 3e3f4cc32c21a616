"""Debates on a proposal's page: which page of one somebody asks for, read once for many."""

import re
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.debate.ordering import Reading, Sort
from dosfed.deliberation.proposals.clauses import ANCHOR as CLAUSE
from dosfed.deliberation.whereabouts import find_whereabouts
from dosfed.shown.proposal_pages import SharedProposal, add_viewer, load_shared
from dosfed.shown.viewers import View
from dosfed.web import paths
from dosfed.web.pages import page_number
from dosfed.web.services import PROPOSALS

PLACE = re.compile(r"a-[0-9a-f]{12}")


def reading_of(request: web.Request) -> Reading:
    """Return which page of a debate is asked for; what makes no sense is left aside."""
    sort, clause = request.query.get("sort", ""), request.query.get("clause", "")
    at = request.query.get("at", "")
    return Reading(
        sort=Sort(sort) if sort in set(Sort) else None,
        clause=clause if CLAUSE.fullmatch(clause) else None,
        at=at if PLACE.fullmatch(at) else None,
        page=page_number(request),
    )


async def load_proposal(
    request: web.Request,
    connection: AsyncConnection,
    proposal: str,
    view: View,
    *,
    reply: str | None = None,
) -> SharedProposal | None:
    """Return a proposal's page with the part of its debate that is asked for.

    Or where the argument is that shall be answered. What everybody sees alike is read once
    for all who read it within a second.
    """
    reading = reading_of(request)
    if reply is not None:
        reading = replace(reading, at=reply)
    load = partial(load_shared, connection, proposal, reading, now=view.now)
    key = (proposal, reading, int(view.now.timestamp()))
    shared = await request.app[PROPOSALS].get_or_load(key, load)
    if shared is None or view.viewer is None:
        return shared
    return await add_viewer(connection, shared, view.viewer)


def reply_of(request: web.Request) -> str | None:
    """Return the place of the argument that somebody wants to answer."""
    reply = request.query.get("reply", "")
    return reply if PLACE.fullmatch(reply) else None


def query_of(request: web.Request, *, at: str) -> str:
    """Return how to come back to the same debate, to the page on which a place is."""
    reading = reading_of(request)
    chosen = {"sort": reading.sort, "clause": reading.clause, "at": at}
    return urlencode({name: value for name, value in chosen.items() if value})


async def find_debate(connection: AsyncConnection, argument: str) -> str | None:
    """Return the path of the page on which an argument is debated."""
    found = await find_whereabouts(connection, argument)
    return None if found is None else paths.place(found).partition("#")[0]
