"""Telling somebody of another server, and nobody else, that their ballot could not count.

Their own server shows their vote as cast, and goes on taking votes after the end: without a word
from us they would believe that it counted. So the organiser writes to them, in private and once
for each poll. Whoever hears of it in another way, by a form or by our `Reject`, gets no letter;
nor does a server that is blocked, or an actor that nobody here has met.

It is no way to have us write to others. A letter goes to the inbox of the very actor who signed
the ballot; it is no ballot itself and asks for nothing, so that no answer comes; and what is
refused is charged to its sender (rule 9.1), who soon gets nothing in. That somebody was told is
kept as a digest until the poll is long over; the letter goes as soon as it is delivered. In the
same way it is kept who was told that a consultation takes no proposals now (`proposers`).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, remote
from dosfed.activitypub.outbox import Mail
from dosfed.acts.submission import House
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Polls, VotersTold
from dosfed.storage.statements import given_pairs
from dosfed.wire.letters import TurnedAway, write_letter

# What comes long after the end is no vote that somebody just cast.
TOLD_WITHIN = timedelta(days=7)
KEPT = timedelta(days=30)  # after the end of the poll


async def tell(
    connection: AsyncConnection, turned_away: Sequence[TurnedAway], house: House
) -> None:
    """Write to each of these voters, unless they were told about that poll before (rule 1.10)."""
    found: dict[tuple[str, str], TurnedAway] = {
        (one.record.poll.id, mark_of(one.record.poll.id, one.voter)): one
        for one in reversed(turned_away)  # of several of one voter, the first counts
        if one.at < one.record.poll.closes + TOLD_WITHIN
    }
    if not found:
        return
    told = await connection.execute(
        select(VotersTold.poll, VotersTold.mark).where(
            VotersTold.poll.in_({poll for poll, _ in found}),
            VotersTold.mark.in_({mark for _, mark in found}),
        )
    )
    for row in told:
        found.pop((row.poll, row.mark), None)
    voters = await remote.known(connection, {one.voter for one in found.values()})
    found = {key: one for key, one in found.items() if one.voter in voters}
    if not found:
        return
    languages = await _languages(connection, {one.record.proposal for one in found.values()})
    mails = [
        Mail(
            activity=write_letter(
                house.instance, one, voters[one.voter], languages[one.record.proposal]
            ),
            inboxes=[voters[one.voter].inbox],
            is_public=False,
            is_ephemeral=True,
        )
        for one in found.values()
    ]
    await outbox.put_all(connection, mails, at=max(one.at for one in found.values()))
    await connection.execute(
        insert(VotersTold), [{"poll": poll, "mark": mark} for poll, mark in found]
    )


async def is_first_edit(connection: AsyncConnection, poll: str, author: str) -> bool:
    """Whether an author was not yet told that the text of a vote is frozen; from now on they are.

    Some servers send an edit again and again.
    """
    return await is_first(connection, poll, f"edit {author}")


async def _languages(connection: AsyncConnection, proposals: set[str]) -> dict[str, str]:
    rows = await connection.execute(
        select(Proposals.id, Proposals.language).where(Proposals.id.in_(proposals))
    )
    return {row.id: row.language for row in rows}


async def is_first(connection: AsyncConnection, about: str, told: str) -> bool:
    """Note that somebody is told of a consultation; return whether they had not been before."""
    row = {"poll": about, "mark": mark_of(about, told)}
    known = select(VotersTold.mark).where(VotersTold.poll == about, VotersTold.mark == row["mark"])
    if (await connection.execute(known)).first() is not None:
        return False
    await connection.execute(insert(VotersTold), [row])
    return True


async def purge(connection: AsyncConnection, now: datetime) -> None:
    """Forget who was told about polls and consultations that are long over."""
    for table in (Polls, Consultations):
        over = select(table.id).where(table.closes < now - KEPT)
        await connection.execute(delete(VotersTold).where(VotersTold.poll.in_(over)))
    recent = [f"{one:%Y-%m}" for one in (now, now - timedelta(days=31))]
    is_old = ~or_(*(VotersTold.poll.endswith(f" {month}") for month in recent))
    await connection.execute(delete(VotersTold).where(VotersTold.poll.contains(" "), is_old))


def month_of(organiser: str, at: datetime) -> str:
    """Return what stands for a poll where an organiser told somebody of something else."""
    return f"{organiser} {at:%Y-%m}"


async def forget(connection: AsyncConnection, voter: str) -> None:
    """Forget what somebody was told who left."""
    # What it was about the digests do not say, so all of it is tried.
    months = select(VotersTold.poll).where(VotersTold.poll.contains(" ")).distinct()
    known = select(Polls.id).union_all(select(Consultations.id), months)
    about = (await connection.execute(known)).scalars().all()
    names = (voter, f"edit {voter}")
    pairs = [(one, mark_of(one, name)) for one in about for name in names]
    told = given_pairs(connection, pairs)
    rows = await connection.execute(
        select(VotersTold.poll, VotersTold.mark)
        .select_from(told.table)
        .join(VotersTold, (VotersTold.poll == told.first) & (VotersTold.mark == told.second))
    )
    if found := rows.all():
        await connection.execute(
            delete(VotersTold).where(
                VotersTold.poll.in_([row.poll for row in found]),
                VotersTold.mark.in_([row.mark for row in found]),
            )
        )


# A digest, since a list of those who were told would be a list of those who tried to vote. Anybody
# who suspects a name can still try it, so that the digests go with the evidence (rule 1.10).
def mark_of(poll: str, voter: str) -> str:
    """Return the digest under which it is kept that somebody was told."""
    return hashlib.sha256(f"{poll}\n{voter}".encode()).hexdigest()
