"""Boosts: a consultation announces its polls again when that is of use to its followers.

Anyone who follows a consultation alone meets a poll as its Group's boost, and only while they
follow already: nobody fetches what was boosted before. So it is boosted when it is published, when
its vote opens, and two days before its end (rule 8.8). Mastodon drops the second boost of one post
by one account; therefore each is undone before the next.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import publishing
from dosfed.acts.submission import House
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.deliberation.votes import boosts
from dosfed.deliberation.votes.boost_rules import is_open

AT_ONCE = 50  # in one transaction; the others are due a moment later


async def boost_due(connection: AsyncConnection, house: House, *, now: datetime) -> int:
    """Boost the open polls that are due, once each; return how many were looked at."""
    due = await boosts.load_due(connection, now, most=AT_ONCE)
    for boost in due:
        record = await load_proposal(connection, boost.proposal)
        if record is None or record.poll is None or not is_open(record.poll, now):
            await boosts.end(connection, boost.proposal)
            continue
        await publishing.boost_again(connection, house, record, boost, at=now)
    return len(due)
