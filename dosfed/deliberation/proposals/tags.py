"""Tags as they are kept."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.proposals.tables import ProposalTags


async def load_tags(
    connection: AsyncConnection, proposals: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """Return the tags of proposals, in the order of the alphabet; those without are left out."""
    found: dict[str, tuple[str, ...]] = {}
    rows = await connection.execute(
        select(ProposalTags.proposal, ProposalTags.tag)
        .where(ProposalTags.proposal.in_(proposals))
        .order_by(ProposalTags.tag)
    )
    for proposal, tag in rows:
        found[proposal] = (*found.get(proposal, ()), tag)
    return found


async def insert_tags(connection: AsyncConnection, tags: Mapping[str, Sequence[str]]) -> None:
    """Write the tags of proposals that have none."""
    rows = [{"proposal": one, "tag": tag} for one, several in tags.items() for tag in several]
    if rows:
        await connection.execute(insert(ProposalTags), rows)


async def replace_tags(connection: AsyncConnection, proposal: str, tags: Sequence[str]) -> None:
    """Let a proposal have these tags and no others."""
    await connection.execute(delete(ProposalTags).where(ProposalTags.proposal == proposal))
    await insert_tags(connection, {proposal: tags})
