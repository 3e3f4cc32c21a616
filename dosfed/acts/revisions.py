"""New texts, and new tags, of proposals."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts.facts import (
    ContributionChanged,
    NothingNew,
    ProposalRevised,
    ProposalReworded,
    ProposalTagged,
)
from dosfed.acts.submission import Done
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.clauses import anchors, clauses_of, split
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import ReviseProposal, TagProposal
from dosfed.deliberation.proposals.rules import (
    Standing,
    check_changer,
    check_revision,
    check_source,
    check_tags,
)
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.proposals.tags import replace_tags
from dosfed.deliberation.proposals.versions import Replacement, is_frozen, replace_text
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.votes.rules import check_shown


async def revise(connection: AsyncConnection, command: ReviseProposal, *, at: datetime) -> Done:
    """Give a proposal a new text; what it was before is kept once it was public (rule 3.10)."""
    await proposals.hold(connection, command.id)
    record = await _load(connection, command.id)
    standing, role = await _standing(connection, record, at=at), None
    if command.by != standing.author:
        role = await role_of(connection, command.by)
    check_changer(standing, command.by, role)
    check_shown(record.hidings, at=at)
    title = command.title.strip()
    if (title, command.text) == (record.title, record.text):
        # Sent twice, or nothing was changed.
        return Done(facts=(NothingNew(id=record.id, at=at),))
    consultations = await load_consultations(connection, [record.consultation])
    consultation = consultations[record.consultation].consultation
    check_revision(consultation, standing, command, role=role, at=at)
    words = {"title": title, "text": command.text, "html": texts.render_markdown(command.text)}
    if record.state is PostState.PUBLISHED:
        await _replace(connection, record, command, words, at=at)
        return Done(facts=(ProposalRevised(id=record.id, at=at, by=command.by),))
    await proposals.edit_proposal(connection, record.id, words, at=at)
    return Done(facts=(_changed(record, at=at),))


async def tag(connection: AsyncConnection, command: TagProposal, *, at: datetime) -> Done:
    """Change the words under which a proposal is found (rule 3.12)."""
    await proposals.hold(connection, command.id)
    record = await _load(connection, command.id)
    standing = await _standing(connection, record, at=at)
    check_changer(standing, command.by, await role_of(connection, command.by))
    check_shown(record.hidings, at=at)
    check_tags(command.tags)
    if sorted(command.tags) == sorted(record.tags):
        return Done(facts=(NothingNew(id=record.id, at=at),))
    await replace_tags(connection, record.id, command.tags)
    if record.state is PostState.PUBLISHED:
        return Done(facts=(ProposalTagged(id=record.id, at=at),))
    return Done(facts=(_changed(record, at=at),))


def _changed(record: ProposalRecord, *, at: datetime) -> ContributionChanged | ProposalReworded:
    """Return that a proposal which is not public here says something else."""
    if record.state is PostState.SENT:
        return ContributionChanged(id=record.id, at=at)
    return ProposalReworded(id=record.id, at=at)


async def _load(connection: AsyncConnection, proposal: str) -> ProposalRecord:
    """Return a proposal whose words are kept here, or raise `Refused`."""
    record = check_there(await proposals.load_proposal(connection, proposal))
    if record.state is PostState.SENT:
        made = select(exists().where(Proposals.source == proposal))
        check_source(is_made=(await connection.execute(made)).scalar_one())
    else:
        check_there(record if record.home is None else None)
    after(PROPOSALS, PostAct.CHANGE, record.state)
    return record


async def _standing(
    connection: AsyncConnection, record: ProposalRecord, *, at: datetime
) -> Standing:
    return Standing(
        author=None if record.author is None else ActorId(record.author),
        is_waiting=record.state not in WITH_A_PAGE.proposals,
        version=record.version,
        is_frozen=await is_frozen(connection, record, at=at),
    )


async def _replace(
    connection: AsyncConnection,
    record: ProposalRecord,
    command: ReviseProposal,
    words: dict[str, Any],
    *,
    at: datetime,
) -> None:
    """Write a new version; its clauses keep the anchors that arguments point at."""
    before = clauses_of(record.html, record.clauses)
    words["clauses"] = list(anchors(before, split(words["html"])))
    by = "author" if command.by == record.author else "facilitator"
    replacement = Replacement(note=command.note.strip(), by=by, at=at)
    await replace_text(connection, record.id, words, replacement)
