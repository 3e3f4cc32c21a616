"""New texts, and new tags, of proposals."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts import new_texts
from dosfed.acts.facts import (
    ContributionChanged,
    NothingNew,
    ProposalReworded,
    ProposalTagged,
)
from dosfed.acts.new_texts import Given
from dosfed.acts.submission import Done
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import ReviseProposal, TagProposal
from dosfed.deliberation.proposals.rules import (
    check_changer,
    check_revision,
    check_source,
    check_tags,
)
from dosfed.deliberation.proposals.tags import replace_tags
from dosfed.deliberation.proposals.versions import is_frozen
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.votes.rules import check_shown


async def revise(connection: AsyncConnection, command: ReviseProposal, *, at: datetime) -> Done:
    """Give a proposal a new text; what it was before is kept once it was public (rule 3.10)."""
    await proposals.hold(connection, command.id)
    record = await _load(connection, command.id, at=at)
    situation, role = await new_texts.situation_of(connection, record, at=at), None
    standing = situation.standing
    if command.by != standing.author:
        role = await role_in(connection, command.by, record.consultation)
    check_changer(standing, command.by, role)
    check_shown(record.hidings, at=at)
    given = Given(
        by=command.by, title=command.title.strip(), text=command.text, note=command.note.strip()
    )
    same = await new_texts.nothing_new(connection, record, given, at=at)
    if same is not None:
        return Done(facts=(same,))
    check_revision(situation.consultation, standing, command, role=role, at=at)
    if record.state is PostState.PUBLISHED:
        fact = await new_texts.give(connection, record, given, situation, at=at)
        return Done(facts=(fact,))
    html = texts.render_markdown(given.text)
    words = {"title": given.title, "text": given.text, "html": html}
    await proposals.edit_proposal(connection, record.id, words, at=at)
    return Done(facts=(_changed(record, at=at),))


async def tag(connection: AsyncConnection, command: TagProposal, *, at: datetime) -> Done:
    """Change the words under which a proposal is found (rule 3.12)."""
    await proposals.hold(connection, command.id)
    record = await _load(connection, command.id, at=at)
    standing = await new_texts.standing_of(connection, record, at=at)
    role = await role_in(connection, command.by, record.consultation)
    check_changer(standing, command.by, role)
    check_shown(record.hidings, at=at)
    check_tags(command.tags)
    if sorted(command.tags) == sorted(record.tags):
        return Done(facts=(NothingNew(id=record.id, at=at),))
    await replace_tags(connection, record.id, command.tags)
    if record.state is PostState.PUBLISHED:
        return Done(facts=(ProposalTagged(id=record.id, at=at),))
    return Done(facts=(_changed(replace(record, correction_asked_at=None), at=at),))


def _changed(record: ProposalRecord, *, at: datetime) -> ContributionChanged | ProposalReworded:
    """Return that a proposal which is not public here says something else."""
    if record.state is PostState.SENT:
        return ContributionChanged(id=record.id, at=at)
    was_asked = record.correction_asked_at is not None
    return ProposalReworded(id=record.id, at=at, was_asked=was_asked)


async def _load(connection: AsyncConnection, proposal: str, *, at: datetime) -> ProposalRecord:
    """Return a proposal whose words are kept here, or raise `Refused`."""
    record = check_there(await proposals.load_proposal(connection, proposal))
    if record.state is PostState.SENT:
        made = await proposals.load_made_of(connection, proposal)
        if made is not None:
            check_shown(made.hidings, at=at)
            check_source(is_frozen=await is_frozen(connection, made, at=at))
    else:
        check_there(record if record.home is None else None)
    after(PROPOSALS, PostAct.CHANGE, record.state)
    return record
