"""Where what a moderator hides may still be read, as far as that is known."""

import enum
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import recipients
from dosfed.activitypub.software import TAKES_MODERATION, TAKES_UPDATES
from dosfed.activitypub.tables import Destinations
from dosfed.acts.publishing import holders, of_argument, of_proposal
from dosfed.deliberation.debate.records import load_argument
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.instance import Instance, host_of
from dosfed.storage.parts import in_parts


class Doubt(enum.StrEnum):
    """Why a server may go on showing words that are hidden here."""

    SILENT = "silent"  # it does not answer; it is told once it does
    UNKNOWN = "unknown"  # its software is not known to take them away


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A server that was sent words, and may not take them away."""

    host: str
    software: str | None
    doubt: Doubt


async def doubtful(
    connection: AsyncConnection, uri: str, instance: Instance
) -> tuple[Doubtful, ...]:
    """Return the servers that were sent a post and may go on showing it once it is hidden."""
    inboxes, takes = await _told(connection, uri, instance)
    hosts = sorted({host_of(inbox) for inbox in inboxes} - {instance.host})
    found = []
    for some in in_parts(hosts):
        rows = await connection.execute(
            select(Destinations.host, Destinations.software, Destinations.failures)
            .where(Destinations.host.in_(some))
            .order_by(Destinations.host)
        )
        for host, software, failures in rows:
            if failures:
                found.append(Doubtful(host=host, software=software, doubt=Doubt.SILENT))
            elif software not in takes:
                found.append(Doubtful(host=host, software=software, doubt=Doubt.UNKNOWN))
    return tuple(found)


async def _told(
    connection: AsyncConnection, uri: str, instance: Instance
) -> tuple[set[str], frozenset[str]]:
    """Return where a post went from here, and which software takes away what is hidden of it."""
    argument = await load_argument(connection, uri)
    if argument is not None and not instance.is_ours(uri):
        if argument.home is not None:
            return set(), TAKES_MODERATION  # its home sent it, and hides it for others
        group = argument.consultation
        followings = await recipients.followings(connection, [group])
        return set(followings[group].readers), TAKES_MODERATION
    if argument is not None:
        return await holders(connection, of_argument(argument)), TAKES_UPDATES
    proposal = await load_proposal(connection, uri)
    if proposal is None or proposal.home is not None:
        return set(), TAKES_UPDATES
    return await holders(connection, replace(of_proposal(proposal), named=())), TAKES_UPDATES
