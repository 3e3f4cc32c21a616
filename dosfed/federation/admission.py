"""Whether an activity is let in where a budget is spent: ballots that count, own words that go."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.gate import IsExempt
from dosfed.activitypub.parsing import read_activity
from dosfed.activitypub.reading import Document, Malformed
from dosfed.activitypub.vocabulary import Create, Delete, Other
from dosfed.acts.submission import House
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.model import Refused
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.polls import load_polls
from dosfed.deliberation.votes.rules import check_ballot
from dosfed.instance import host_of
from dosfed.wire.ballots import read_ballot, read_poll_vote


def admission(house: House) -> IsExempt:
    """Return what tells whether an activity is let in whatever was spent (rule 9.1)."""

    async def is_exempt(connection: AsyncConnection, document: Document, at: datetime) -> bool:
        asked = _read(document)
        match asked:
            case CastBallot():
                return await _would_count(connection, asked, house, at=at)
            case Delete():
                return await arguments.author_of(connection, asked.object) == asked.actor
            case None:
                return False

    return is_exempt


async def _would_count(
    connection: AsyncConnection, ballot: CastBallot, house: House, *, at: datetime
) -> bool:
    record = (await load_polls(connection, [ballot.poll])).get(ballot.poll)
    # Elsewhere its home judges, and such a ballot is refused here (rule 1.9).
    if record is None or record.home is not None:
        return False
    # The rule that will judge it, so that gate and door cannot disagree.
    voter_host, here = host_of(ballot.voter), house.instance.host
    try:
        check_ballot(record.poll, ballot, voter_host=voter_host, here=here, at=at)
    except Refused:
        return False
    return True


def _read(document: Document) -> CastBallot | Delete | None:
    try:
        match read_activity(document):
            case Create() as create:
                return read_ballot(create)
            case Other() as other:
                return read_poll_vote(other)
            case Delete() as delete:
                return delete
            case _:
                return None
    except Malformed:
        return None
