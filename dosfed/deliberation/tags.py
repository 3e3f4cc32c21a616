"""Tags: how they are typed, and how they are kept."""

import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.tables import ProposalTags

_BETWEEN = re.compile(r"[,;\n]")


def read_tags(typed: str) -> tuple[str, ...]:
    """Return the tags of a line such as `transport, #quais`; those alike but for case are one."""
    return distinct(_BETWEEN.split(typed))


def distinct(names: Collection[str]) -> tuple[str, ...]:
    """Return names as tags: trimmed, without a leading #, each once."""
    found: dict[str, str] = {}
    for name in names:
        tag = " ".join(name.split()).lstrip("#").strip()
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def hashtag(tag: str) -> str:
    """Return a tag as one word, as other servers want it: `voies sur berge` is `VoiesSurBerge`."""
    words = re.findall(r"\w+", tag)
    return words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words)


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
