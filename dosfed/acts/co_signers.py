"""Standing behind a proposal beside its author."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import telling
from dosfed.acts.submission import Done
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals import co_signers
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.model import CoSign
from dosfed.deliberation.proposals.rules import check_co_signature
from dosfed.deliberation.votes.rules import check_shown


async def sign(connection: AsyncConnection, command: CoSign, *, at: datetime) -> Done:
    """Let somebody stand behind a proposal of this home, by name, or step back (rule 3.11)."""
    record = await proposals.load_proposal(connection, command.proposal)
    if record is None or record.state not in WITH_A_PAGE.proposals or record.home is not None:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    if command.is_signed:
        check_shown(record.hidings, at=at)
    found = await load_consultations(connection, [record.consultation])
    author = None if record.author is None else ActorId(record.author)
    consultation = found[record.consultation].consultation
    check_co_signature(consultation, command, author=author, at=at)
    if await co_signers.sign(connection, command, at=at) and command.is_signed:
        await telling.proposal_signed(
            connection, record.id, by=command.actor, by_name=command.name, at=at
        )
    return Done(id=record.id)
