"""Whether an activity is a ballot that would count: asked where nothing else is let in."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.gate import MayCount
from dosfed.activitypub.instance import host_of
from dosfed.activitypub.reading import Document, Malformed
from dosfed.activitypub.vocabulary import Create, PollVote, read_activity
from dosfed.acts.submission import House
from dosfed.deliberation.model import CastBallot, Refused
from dosfed.deliberation.polls import load_polls
from dosfed.deliberation.rules import check_ballot
from dosfed.federation.ballots import read_ballot, read_poll_vote


def admission(house: House) -> MayCount:
    """Return what tells whether the rules would admit an activity as a ballot, as things stand."""

    async def may_count(connection: AsyncConnection, document: Document, at: datetime) -> bool:
        ballot = _read(document)
        if ballot is None:
            return False
        record = (await load_polls(connection, [ballot.poll])).get(ballot.poll)
        if record is None or record.home is not None:
            return False
        voter_host, here = host_of(ballot.voter), house.instance.host
        try:
            check_ballot(record.poll, ballot, voter_host=voter_host, here=here, at=at)
        except Refused:
            return False
        return True

    return may_count


def _read(document: Document) -> CastBallot | None:
    try:
        match read_activity(document):
            case Create() as create:
                return read_ballot(create)
            case PollVote() as vote:
                return read_poll_vote(vote)
            case _:
                return None
    except Malformed:
        return None
