"""Who stands behind a proposal beside its author, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.proposals.model import CoSign
from dosfed.deliberation.proposals.tables import CoSigners
from dosfed.storage.statements import insert_ignore

PAGE_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CoSigner:
    """Somebody who stands behind a proposal."""

    id: str
    name: str
    signed_at: datetime


async def sign(connection: AsyncConnection, command: CoSign, *, at: datetime) -> bool:
    """Write or drop a co-signature; return whether that changed anything."""
    this = (CoSigners.proposal == command.proposal, CoSigners.actor == command.actor)
    was_signed = (
        await connection.execute(select(CoSigners.actor).where(*this))
    ).first() is not None
    if was_signed == command.is_signed:
        return False
    if command.is_signed:
        row = {
            "proposal": command.proposal,
            "actor": command.actor,
            "name": command.name,
            "signed_at": at,
        }
        await insert_ignore(connection, CoSigners, [row])
    else:
        await connection.execute(delete(CoSigners).where(*this))
    return True


async def drop_signers(connection: AsyncConnection, proposal: str) -> list[str]:
    """Let nobody stand behind a proposal any more; return who did."""
    rows = await connection.execute(
        delete(CoSigners).where(CoSigners.proposal == proposal).returning(CoSigners.actor)
    )
    return sorted(rows.scalars())


async def load_signers(
    connection: AsyncConnection, proposal: str, *, limit: int, offset: int = 0
) -> Sequence[CoSigner]:
    """Return who stands behind a proposal, in the order in which they signed."""
    rows = await connection.execute(
        select(CoSigners.actor, CoSigners.name, CoSigners.signed_at)
        .where(CoSigners.proposal == proposal)
        .order_by(CoSigners.signed_at, CoSigners.actor)
        .limit(limit)
        .offset(offset)
    )
    return [CoSigner(id=row.actor, name=row.name, signed_at=row.signed_at) for row in rows]


async def count_signers(connection: AsyncConnection, proposal: str) -> int:
    """Return how many stand behind a proposal."""
    statement = select(func.count()).where(CoSigners.proposal == proposal)
    return (await connection.execute(statement)).scalar_one()


async def forget_signatures(connection: AsyncConnection, actor: str) -> None:
    """Take somebody's name off everything they stood behind."""
    await connection.execute(delete(CoSigners).where(CoSigners.actor == actor))
