"""Leaving: an account goes, with everything that is its person's (rules 4.2 and 6.9)."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import (
    Accounts,
    Invitations,
    Mails,
    MailTokens,
    Notices,
    RecoveryCodes,
    SecondFactors,
    Sessions,
    SignInLinks,
    Subscriptions,
)
from dosfed.activitypub import actors, outbox, recipients
from dosfed.activitypub.tables import RemoteActors
from dosfed.acts import consequences, team
from dosfed.acts.facts import AccountClosed
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.model import ActorId, Forget
from dosfed.deliberation.team.tables import Users
from dosfed.deliberation.votes.tables import SentBallots
from dosfed.instance import host_of


async def leave(connection: AsyncConnection, user: str, house: House, *, at: datetime) -> None:
    """Let a person go, or raise `Refused` for the last operator.

    Of somebody with an account here the actor becomes a Tombstone, whoever knows it is told,
    and the name is nobody's for good. Of somebody from another server all that is theirs here
    goes; their account there stays.
    """
    is_ours = house.instance.is_ours(user)
    await team.check_may_leave(connection, user)
    # Before anything goes: followers and sent ballots are what tells who has heard of somebody.
    heard = await _hearers(connection, user) if is_ours else set()
    await perform_one(connection, Submission(command=Forget(actor=ActorId(user)), at=at), house)
    if not is_ours:
        return
    # After everything was withdrawn, or the Delete would be among what is.
    closed = AccountClosed(id=user, at=at, known_at=heard)
    await consequences.follow(connection, [closed], house)
    await actors.delete_actor(connection, user, at)
    await _forget_account(connection, user)


async def _hearers(connection: AsyncConnection, user: str) -> set[str]:
    """Return where it must be known that somebody is gone.

    Anyone who published something is known wherever it was passed on; anyone who only voted, to
    the homes of those polls alone: the others need not learn that there was such a person.
    """
    inboxes = await recipients.hearers(connection, [user])
    if inboxes or await outbox.has_published(connection, user):
        hosts = await connection.execute(
            select(RemoteActors.host).where(RemoteActors.gone_at.is_(None)).distinct()
        )
        known = set(hosts.scalars())
    else:
        polls = await connection.execute(select(SentBallots.poll).where(SentBallots.voter == user))
        known = {host_of(poll) for poll in polls.scalars()}
    return inboxes | await recipients.inboxes_of_hosts(connection, known)


async def _forget_account(connection: AsyncConnection, user: str) -> None:
    """Drop how somebody was reached and signed in, and what they were told."""
    email = await connection.scalar(select(Accounts.email).where(Accounts.user == user))
    if email is not None:
        await connection.execute(delete(Mails).where(Mails.recipient == email))
    for table in (
        *(Sessions, SignInLinks, MailTokens, SecondFactors, RecoveryCodes),
        *(Notices, Subscriptions, Accounts),
    ):
        await connection.execute(delete(table).where(table.user == user))
    await connection.execute(delete(Users).where(Users.id == user))
    await connection.execute(
        update(Invitations).where(Invitations.invited_by == user).values(invited_by="")
    )
