"""Ballots that are taken back while the vote is open (rule 1.14)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import inbox, outbox, recipients
from dosfed.activitypub.reading import id_of, many
from dosfed.acts.facts import NothingNew, WithdrawalSent
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.model import ActorId, PollId, Refusal
from dosfed.deliberation.rules import check_counted_here, check_there
from dosfed.deliberation.votes import ballots
from dosfed.deliberation.votes.ballots import BallotWithdrawn
from dosfed.deliberation.votes.model import WithdrawBallot
from dosfed.deliberation.votes.polls import PollRecord, load_polls
from dosfed.deliberation.votes.rules import check_withdrawal
from dosfed.deliberation.votes.tables import SentBallots
from dosfed.wire.ballots import write_withdrawal

BALLOT = "ballot"


async def withdraw(
    connection: AsyncConnection, command: WithdrawBallot, house: House, *, at: datetime
) -> Done:
    """Take a ballot out of a poll, or ask the poll's home to."""
    record = (await load_polls(connection, {command.poll})).get(command.poll)
    record = check_there(record, Refusal.UNKNOWN_POLL)
    check_withdrawal(record.poll, at=at)
    if record.home is not None:
        return await _send(connection, command, record, house, at=at)
    here = house.instance.host
    if not await ballots.withdraw(connection, record, command.voter, here=here):
        return Done(facts=(NothingNew(id=command.poll, at=at),))
    return Done(facts=(BallotWithdrawn(id=command.poll, at=at),))


async def _send(
    connection: AsyncConnection,
    command: WithdrawBallot,
    record: PollRecord,
    house: House,
    *,
    at: datetime,
) -> Done:
    """Delete a citizen's ballot where it was sent to; the home says what it made of that."""
    check_counted_here(is_home=False, is_citizen=house.instance.is_ours(command.voter))
    own = (SentBallots.poll == command.poll) & (SentBallots.voter == command.voter)
    sent = (
        await connection.execute(select(SentBallots.activity, SentBallots.choices).where(own))
    ).first()
    if sent is None or not sent.choices:
        return Done(facts=(NothingNew(id=command.poll, at=at),))
    home = await recipients.inbox_of(connection, record.organiser)
    home = check_there(home, Refusal.UNKNOWN_POLL)
    activity = write_withdrawal(
        house.instance, command.voter, record.organiser, sent.activity, at=at
    )
    await outbox.put(
        connection, activity, at=at, inboxes=[home], is_public=False, is_ephemeral=True
    )
    # A row without a choice: the answer names the Delete, and its voter reads what became of it.
    await connection.execute(
        update(SentBallots)
        .where(own)
        .values(activity=activity["id"], choices="", sent_at=at, answer=None, reason=None)
    )
    return Done(facts=(WithdrawalSent(id=command.poll, at=at),))


async def find(
    connection: AsyncConnection, command: Remove, submission: Submission
) -> WithdrawBallot | None:
    """Return the ballot that a Delete from another server means; none if it means something else.

    Its ids are in the signed bytes that prove it, which are kept for as long as the ballot is.
    """
    if submission.activity is None or submission.is_private or command.within is not None:
        return None
    evidence = await inbox.load_evidence(connection, command.actor, kind=BALLOT)
    named = {
        (one.about, one.at): orjson.loads(one.body) for one in evidence if one.about is not None
    }
    meant = [key for key, document in named.items() if command.id in _ids(document)]
    standing = await ballots.find_cast(connection, command.actor, {poll for poll, _ in meant})
    for poll, at in meant:
        cast_at, is_made_up = standing.get(poll, (None, False))
        # What was replaced is gone already. Where several Notes make up one ballot, whoever takes
        # one of them back takes the ballot back.
        if cast_at == at or is_made_up:
            return WithdrawBallot(poll=PollId(poll), voter=ActorId(command.actor))
    return None


def _ids(document: Mapping[str, Any]) -> set[str | None]:
    return {id_of(document), *(id_of(thing) for thing in many(document, "object"))}
