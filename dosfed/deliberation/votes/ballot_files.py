"""What the ballot file of a closed poll follows from, as it is kept beside the tally."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.posts.visible import READABLE
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.polls import METHOD_COLUMNS, read_method
from dosfed.deliberation.votes.recount import Ballots
from dosfed.deliberation.votes.tables import Polls, Tallies


async def load_ballots(connection: AsyncConnection, poll: str) -> tuple[Ballots, str] | None:
    """Return the ballots of a closed poll here, with the digest of their file, if there is one.

    None while its proposal is hidden, below `counts_from`, and of votes that closed before there
    were such files.
    """
    rows = await connection.execute(
        select(
            Tallies.ballots_seed,
            Tallies.ballots_groups,
            Tallies.ballots_sha256,
            Polls.options,
            Polls.closes,
            *METHOD_COLUMNS,
        )
        .join(Polls, Polls.id == Tallies.poll)
        .join(Proposals, Proposals.id == Polls.proposal)
        .where(Tallies.poll == poll, Tallies.ballots_seed.is_not(None), READABLE.of(Proposals))
    )
    row = rows.first()
    if row is None:
        return None
    ballots = Ballots(
        poll=poll,
        method=read_method(row),
        options=tuple(row.options),
        closed=row.closes,
        seed=row.ballots_seed,
        groups=[(kept, number) for kept, number in row.ballots_groups],
    )
    return ballots, row.ballots_sha256
