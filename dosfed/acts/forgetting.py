"""How a person is forgotten: ballots, words, weights, and that there was such a person."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import fediverse
from dosfed.activitypub import follows, inbox, outbox, remote, withdrawal
from dosfed.acts import consequences, removals, turned_away
from dosfed.acts.facts import ArgumentsForgotten, PersonForgotten
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations import drafts, history
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.records import load_arguments
from dosfed.deliberation.model import Forget
from dosfed.deliberation.moderation.contests import forget_contester
from dosfed.deliberation.moderation.letters import forget_letters
from dosfed.deliberation.moderation.reports import forget_reports
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.co_signers import forget_signatures
from dosfed.deliberation.proposals.corrections import forget_lines
from dosfed.deliberation.proposals.drafts import forget_drafts
from dosfed.deliberation.team.kept import forget_member
from dosfed.deliberation.votes.erasing import forget_ballots
from dosfed.storage.parts import in_parts


async def forget(
    connection: AsyncConnection, command: Forget, house: House, *, at: datetime
) -> Done:
    """Forget a person: ballots of open polls, words, weights and follows go.

    Others hear of each of these words before what tells how to reach them goes: who follows
    this person, and where they read themselves.
    """
    actor = command.actor
    # What is said from here on must still be heard.
    await outbox.drop_ephemeral(connection, actor)
    await withdrawal.withdraw_acts(connection, actor)
    for proposal in await proposals.hold_those_by(connection, actor):
        fact = await removals.give_up(connection, proposal, at=at)
        await consequences.follow(connection, [fact], house)
    await forget_ballots(connection, actor, here=house.instance.host)
    for written in in_parts(await arguments.arguments_by(connection, actor)):
        records = await load_arguments(connection, written)
        await arguments.empty_arguments(connection, written, at)
        gone = ArgumentsForgotten(id=actor, at=at, records=records)
        await consequences.follow(connection, [gone], house)
    await withdrawal.withdraw(connection, [actor])
    await arguments.forget_weights(connection, actor)
    await forget_signatures(connection, actor)
    await forget_drafts(connection, actor)
    await forget_reports(connection, actor)
    await moderation_log.forget_moderator(connection, actor)
    await forget_lines(connection, actor)
    await forget_letters(connection, actor)
    await forget_contester(connection, actor)
    await history.forget_member(connection, actor)
    await drafts.forget_maker(connection, actor)
    await forget_member(connection, actor)
    await follows.forget(connection, actor)
    await inbox.erase(connection, [actor])
    if not house.instance.is_ours(actor):
        await fediverse.forget(connection, actor)
        await turned_away.forget(connection, actor)
        await remote.forget(connection, actor, at)
    return Done(facts=(PersonForgotten(id=actor, at=at),))
