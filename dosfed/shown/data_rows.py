"""The rows of open data: what is public of a consultation, a table at a time, in parts.

Rows come in parts of some hundreds, each asked for by where the last one ended, so that neither
memory nor the database holds a whole table. Nothing that is hidden, waits or was deleted is among
them, and people are called by their pseudonyms (rule 4.7). Of arguments even the id is one: those
of other servers have the name of their author in it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import orjson
from sqlalchemy import select

from dosfed.deliberation.consultations.history import load_history
from dosfed.deliberation.meetings.kept import load_meetings
from dosfed.deliberation.posts.tables import ModerationLog, Posts
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.shown.data_posts import (
    PART,
    Cells,
    arguments,
    co_signers,
    proposal_parts,
    proposals,
    versions,
)
from dosfed.shown.data_sets import Source
from dosfed.shown.polls import ShownPoll, read_shown_poll
from dosfed.shown.proposals import select_proposals

Rows = Callable[[Source], AsyncIterator[list[Cells]]]


async def consultation(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield the consultation itself: one row."""
    data = source.data
    eligible = data.eligible if isinstance(data.eligible, str) else "; ".join(data.eligible)
    yield [
        (
            data.id,
            data.title,
            data.summary,
            data.language,
            data.organiser_title,
            data.opens,
            data.closes,
            eligible,
            data.withdrawn_at,
            data.withdrawn_reason,
            data.licence_word,
        )
    ]


async def results(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield polls, a row for each option, with counts where everybody may see them."""
    async for few in proposal_parts(source, PART):
        ids = [row.id for row in few]
        rows = await source.connection.execute(
            select_proposals().where(Proposals.id.in_(ids)).order_by(Proposals.position)
        )
        polls = ((row.id, read_shown_poll(row, now=source.now)) for row in rows)
        cells = [
            one for proposal, poll in polls if poll for one in _options(source, proposal, poll)
        ]
        if cells:
            yield cells


def _options(source: Source, proposal: str, poll: ShownPoll) -> list[Cells]:
    details = (poll.result.details if poll.result else None) or {}
    origins = poll.origins or {}
    return [
        (
            poll.id,
            proposal,
            poll.method.word,
            poll.state.value,
            poll.opens,
            poll.closes,
            poll.counts_from,
            number,
            option.name,
            option.ballots,
            _detail(details, number - 1, len(poll.options)),
            poll.voters,
            *(origins.get(origin) for origin in ("here", "listed", "fediverse")),
            poll.imported_from,
            source.data.licence_word,
        )
        for number, option in enumerate(poll.options, start=1)
    ]


def _detail(details: Mapping[str, Any], place: int, options: int) -> str | None:
    """Return, as JSON, what a method counts of one option beyond the ballots for it."""
    own = {
        name: value[place]
        for name, value in details.items()
        if isinstance(value, list | tuple) and len(value) == options
    }
    return orjson.dumps(own).decode() if own else None


async def history(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield what the team did to the consultation, the first first."""
    changes = await load_history(source.connection, source.data.id)
    yield [
        (
            change.at,
            change.what,
            change.role.value if change.role else None,
            _json(change.before),
            _json(change.after),
            change.reason,
            source.data.licence_word,
        )
        for change in reversed(changes)
    ]


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


async def moderation(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield what moderators did, without text, name or reason (rule 5.8)."""
    last = 0
    while True:
        rows = await source.connection.execute(
            select(
                ModerationLog.id,
                ModerationLog.at,
                ModerationLog.kind,
                ModerationLog.was,
                ModerationLog.became,
                ModerationLog.code,
            )
            .join(Posts, Posts.id == ModerationLog.post)
            .where(Posts.consultation == source.data.id, ModerationLog.id > last)
            .order_by(ModerationLog.id)
            .limit(PART)
        )
        found = rows.all()
        if not found:
            return
        yield [
            (row.at, row.kind, row.was, row.became, row.code, source.data.licence_word)
            for row in found
        ]
        last = found[-1].id


async def meetings(source: Source) -> AsyncIterator[list[Cells]]:
    """Yield when and where the consultation meets, cancelled meetings too."""
    yield [
        (
            meeting.title,
            meeting.place,
            meeting.url,
            meeting.summary,
            meeting.starts,
            meeting.ends,
            meeting.cancelled_at,
            source.data.licence_word,
        )
        for meeting in await load_meetings(source.connection, source.data.id)
    ]


# In the order in which they are shown; `dosfed.web.open_data.dictionary` explains each column.
TABLES: Mapping[str, Rows] = {
    "consultation": consultation,
    "proposals": proposals,
    "versions": versions,
    "co_signers": co_signers,
    "arguments": arguments,
    "results": results,
    "meetings": meetings,
    "history": history,
    "moderation": moderation,
}
