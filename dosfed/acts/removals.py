"""What goes by its author's wish."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.reading import id_of
from dosfed.acts import withdrawals
from dosfed.acts.facts import (
    ArgumentRemoved,
    ContributionTakenBack,
    CreditDropped,
    NoteWithdrawn,
    NothingNew,
    ProposalDropped,
    ProposalGone,
    ProposalWithdrawn,
)
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.records import ArgumentRecord, load_argument
from dosfed.deliberation.notes import kept as notes
from dosfed.deliberation.posts import moderation_log
from dosfed.deliberation.posts.lifecycle import ARGUMENTS, PROPOSALS, PostAct, after, allows
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.moderation_log import Moderated
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.rules import check_author, check_there
from dosfed.deliberation.votes.polls import has_ballots


async def remove(
    connection: AsyncConnection, command: Remove, submission: Submission, house: House
) -> Done:
    """Delete an argument, a proposal, or what a proposal came from.

    Its author alone may.
    """
    at = submission.at
    await arguments.hold(connection, command.id)
    record = await load_argument(connection, command.id)
    if record is not None and allows(ARGUMENTS, PostAct.TAKE_BACK, record.state):
        is_within = command.within in {None, record.consultation}
        check_author(is_author=is_within and _may_remove(record, command, house))
        if command.actor != record.author:
            became = after(ARGUMENTS, PostAct.TAKE_DOWN, record.state)
            await _log_removal(connection, record, command, became, at=at)
        await arguments.empty_arguments(connection, [record.id], at)
        own_delete = _own_delete(record, submission)
        fact = ArgumentRemoved(id=record.id, at=at, record=record, own_delete=own_delete)
        return Done(facts=(fact,))
    found = await proposals.hold_judged_from(connection, command.id)
    if not found:
        ballot = await withdrawals.find(connection, command, submission)
        if ballot is not None:
            return await withdrawals.withdraw(connection, ballot, house, at=at)
        return Done(facts=(await _remove_official(connection, command, at=at),))
    is_author = all(proposal.author == command.actor for proposal in found)
    check_author(is_author=is_author and command.within is None)
    return Done(facts=tuple([await give_up(connection, one, at=at) for one in found]))


def _may_remove(record: ArgumentRecord, command: Remove, house: House) -> bool:
    """Whether an argument goes by this wish: its author's, or that of its home, for its mirrors.

    Of what was written here a home elsewhere decides only whether it is hidden.
    """
    is_home = record.home is not None and command.actor == record.consultation
    return command.actor == record.author or (is_home and not house.instance.is_ours(record.id))


async def _remove_official(
    connection: AsyncConnection, command: Remove, *, at: datetime
) -> ProposalGone | NoteWithdrawn | NothingNew:
    """Let go of a proposal, or of what the home of a mirrored consultation had said."""
    await proposals.hold(connection, command.id)
    record = await proposals.load_proposal(connection, command.id)
    if record is not None:
        return await _remove_proposal(connection, record, command, at=at)
    note = check_there(await notes.load_note(connection, command.id, holds=True))
    held = check_there(
        (await load_consultations(connection, [note.consultation])).get(note.consultation)
    )
    is_within = command.within in {None, note.consultation}
    is_home = held.home is not None and command.actor == held.organiser
    check_author(is_author=is_home and is_within)
    if note.withdrawn_at is not None:
        return NothingNew(id=note.id, at=at)
    await notes.empty_note(connection, note.id, reason="", at=at)
    return NoteWithdrawn(id=note.id, at=at, note=note, record=held)


async def _remove_proposal(
    connection: AsyncConnection, record: ProposalRecord, command: Remove, *, at: datetime
) -> ProposalGone:
    """Let go of a proposal by its author's wish, or by that of its home, another instance."""
    is_ours = record.home is None or record.state is PostState.SENT
    act = PostAct.TAKE_BACK if is_ours else PostAct.TAKE_DOWN
    became = after(PROPOSALS, act, record.state)
    is_elsewhere = command.within not in {None, None if is_ours else record.consultation}
    decides = record.author if is_ours else record.organiser
    check_author(is_author=command.actor == decides and not is_elsewhere)
    if is_ours:
        return await give_up(connection, record, at=at)
    await _log_removal(connection, record, command, became, at=at)
    await proposals.empty_proposal(connection, record.id, at)
    return ProposalDropped(id=record.id, at=at)


async def _log_removal(
    connection: AsyncConnection,
    record: ArgumentRecord | ProposalRecord,
    command: Remove,
    became: PostState,
    *,
    at: datetime,
) -> None:
    """Note that a home took down what is mirrored here."""
    removed = Moderated(
        post=record.id,
        consultation=record.consultation,
        kind="argument" if isinstance(record, ArgumentRecord) else "proposal",
        by=command.actor,
        was=record.state.value,
        became=became.value,
    )
    await moderation_log.add(connection, removed, at=at)


async def give_up(
    connection: AsyncConnection, record: ProposalRecord, *, at: datetime
) -> ProposalGone:
    """Let go of a proposal whose author deleted it, or its source (rules 3.5 and 3.15)."""
    if record.state is PostState.SENT:
        await proposals.empty_proposal(connection, record.id, at)
        return ContributionTakenBack(id=record.id, at=at, record=record)
    if record.state not in WITH_A_PAGE.proposals:
        await proposals.delete_waiting(connection, record.id)
        return ProposalDropped(id=record.id, at=at)
    has_votes = record.poll is not None and await has_ballots(connection, record.poll.id)
    if has_votes or record.home is not None:
        after(PROPOSALS, PostAct.DROP_CREDIT, record.state)
        edited = at if record.home is None else None
        await proposals.drop_credit(connection, record.id, at=edited)
        return CreditDropped(id=record.id, at=at, home=record.home)
    await proposals.empty_proposal(connection, record.id, at)
    return ProposalWithdrawn(id=record.id, at=at, record=record)


def _own_delete(record: ArgumentRecord, submission: Submission) -> Mapping[str, Any] | None:
    """Return the author's own Delete, if that is what removes an argument."""
    activity = submission.activity
    if activity is None or activity.get("type") != "Delete" or id_of(activity) is None:
        return None
    if id_of(activity.get("actor")) != record.author:  # a moderator of the author's server
        return None
    return activity if id_of(activity.get("object")) == record.id else None
