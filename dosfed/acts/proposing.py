"""Everything that is done about a proposal, by its author and by others."""

from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import co_signers, proposals, revisions
from dosfed.acts.submission import Done, House
from dosfed.deliberation.proposals.model import (
    CoSign,
    DecideProposal,
    ReviseProposal,
    SubmitProposal,
    TagProposal,
)


async def perform(
    connection: AsyncConnection,
    command: SubmitProposal | DecideProposal | ReviseProposal | TagProposal | CoSign,
    house: House,
    *,
    at: datetime,
) -> Done:
    """Submit a proposal, decide on it, change it, or stand behind it."""
    match command:
        case SubmitProposal():
            return await proposals.submit(connection, command, house, at=at)
        case DecideProposal():
            return await proposals.decide(connection, command, house, at=at)
        case ReviseProposal():
            return await revisions.revise(connection, command, house, at=at)
        case TagProposal():
            return await revisions.tag(connection, command, house, at=at)
        case CoSign():
            return await co_signers.sign(connection, command, at=at)
        case _:
            assert_never(command)
