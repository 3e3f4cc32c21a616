"""Words changed by their authors: of an argument, or of the Note that a proposal came from."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts import new_texts, threads
from dosfed.acts.facts import ArgumentEdited, NothingNew, ProposalReworded, TextFact
from dosfed.acts.new_texts import Given, Situation
from dosfed.acts.submission import Done, House, Submission
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import EditArgument
from dosfed.deliberation.debate.records import ArgumentRecord, load_argument
from dosfed.deliberation.debate.rules import check_argument, check_sources
from dosfed.deliberation.posts.lifecycle import ARGUMENTS, PROPOSALS, PostAct, after, allows
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.new_texts import load_new_text
from dosfed.deliberation.proposals.rules import check_changeable
from dosfed.deliberation.rules import check_author, check_there, check_words
from dosfed.deliberation.votes.rules import check_shown, replaces

_Changed = TextFact | ProposalReworded | NothingNew


async def edit(
    connection: AsyncConnection, command: EditArgument, submission: Submission, house: House
) -> Done:
    """Change the words of an argument, or of a proposal; the author alone may."""
    await arguments.hold(connection, command.id)
    record = await load_argument(connection, command.id)
    if record is None or not allows(ARGUMENTS, PostAct.CHANGE, record.state):
        facts = await _edit_source(connection, command, at=submission.at)
        return Done(facts=tuple(facts))
    return Done(facts=(await _edit_argument(connection, command, record, submission, house),))


async def _edit_argument(
    connection: AsyncConnection,
    command: EditArgument,
    record: ArgumentRecord,
    submission: Submission,
    house: House,
) -> ArgumentEdited | NothingNew:
    """Change the words of an argument; its author alone may (rules 3.6 and 3.18)."""
    check_author(is_author=record.author == command.author)
    nothing = NothingNew(id=record.id, at=submission.at)
    if not replaces(command.updated, record.edited_at):
        return nothing  # an older edit that comes late changes nothing
    consultations = await load_consultations(connection, [record.consultation])
    check_argument(consultations[record.consultation].consultation, command.html, at=submission.at)
    check_sources(command.sources or ())
    if command.is_moderated and record.home is not None:
        return nothing  # its consultation's home says so itself, and shows it again
    has_new_words = command.html != record.html or command.stance not in {None, record.stance}
    has_new_sources = command.sources not in {None, tuple(record.sources or ())}
    if not has_new_words and not has_new_sources and house.instance.is_ours(record.id):
        return nothing
    await arguments.edit_argument(connection, command, submission.at)
    if command.is_moderated:
        await arguments.drop_versions(connection, [record.id])
    elif has_new_words:
        await arguments.keep_version(
            connection, record.id, stance=record.stance, html=record.html, at=submission.at
        )
    said = threads.said_by(record.author, submission, record.id)
    return ArgumentEdited(id=record.id, at=submission.at, before=record, said=said)


async def _edit_source(
    connection: AsyncConnection, command: EditArgument, *, at: datetime
) -> list[_Changed]:
    """Change what proposals say that came from a Note, or what they shall say (rule 3.5)."""
    found = await proposals.hold_judged_from(connection, command.id)
    check_there(found or None)
    check_author(is_author=all(proposal.author == command.author for proposal in found))
    for proposal in found:
        after(PROPOSALS, PostAct.CHANGE_SOURCE, proposal.state)
        check_shown(proposal.hidings, at=at)
    check_words(command.title, command.text)  # rule 3.2, of what waits as of what is new
    said_at = min(command.updated or at, at)
    given = Given(
        by=command.author,
        title=command.title,
        text=command.text,
        is_by_note=True,
        said_at=said_at,
    )
    # Judged before anything is written, whichever of them is refused.
    judged = [await _judge_source(connection, one, given, at=at) for one in found]
    facts: list[_Changed] = []
    for proposal, judge in zip(found, judged, strict=True):
        if not replaces(command.updated, await _said_last(connection, proposal, judge)):
            facts.append(NothingNew(id=proposal.id, at=at))  # an older edit that comes late
            continue
        facts.append(await _write_source(connection, proposal, given, judge, at=at))
    return facts


async def _said_last(
    connection: AsyncConnection, proposal: ProposalRecord, judged: Situation | None
) -> datetime | None:
    """Return when a proposal's author said by their Note what it says now, or shall say."""
    if proposal.state is not PostState.PUBLISHED:
        return proposal.edited_at
    waiting = await load_new_text(connection, proposal.id)
    if waiting is not None:
        return waiting.at
    is_as_given = judged is not None and not judged.consultation.needs_facilitator
    return proposal.edited_at if is_as_given else None


async def _judge_source(
    connection: AsyncConnection, proposal: ProposalRecord, given: Given, *, at: datetime
) -> Situation | None:
    """Return what says how a published proposal gets a new text; none where it needs no more."""
    is_same = (given.title, given.text) == (proposal.title, proposal.text)
    if proposal.state is not PostState.PUBLISHED or is_same:
        return None
    situation = await new_texts.situation_of(connection, proposal, at=at)
    check_changeable(situation.consultation, situation.standing, at=at)
    return situation


async def _write_source(
    connection: AsyncConnection,
    proposal: ProposalRecord,
    given: Given,
    judged: Situation | None,
    *,
    at: datetime,
) -> _Changed:
    if proposal.state is not PostState.PUBLISHED:
        html = texts.render_markdown(given.text)
        words = {"title": given.title, "text": given.text, "html": html}
        await proposals.edit_proposal(connection, proposal.id, words, at=given.said_at or at)
        was_asked = proposal.correction_asked_at is not None
        return ProposalReworded(id=proposal.id, at=at, was_asked=was_asked)
    same = await new_texts.nothing_new(connection, proposal, given, at=at)
    if same is not None or judged is None:
        return same or NothingNew(id=proposal.id, at=at)
    return await new_texts.give(connection, proposal, given, judged, at=at)
