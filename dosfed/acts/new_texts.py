"""New texts of published proposals: given, read a second time, taken over or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts import consequences
from dosfed.acts.facts import (
    NewTextDropped,
    NewTextLapsed,
    NewTextRefused,
    NewTextSubmitted,
    NothingNew,
    ProposalRevised,
)
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations.kept import load_consultations
from dosfed.deliberation.consultations.model import Consultation
from dosfed.deliberation.consultations.rules import check_standing
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.posts.lifecycle import PROPOSALS, PostAct, after
from dosfed.deliberation.posts.visible import WITH_A_PAGE
from dosfed.deliberation.proposals import kept as proposals
from dosfed.deliberation.proposals import new_texts
from dosfed.deliberation.proposals.clauses import anchors, clauses_of, split
from dosfed.deliberation.proposals.co_signers import drop_signers
from dosfed.deliberation.proposals.kept import ProposalRecord
from dosfed.deliberation.proposals.model import DecideNewText, DropNewText
from dosfed.deliberation.proposals.rules import (
    Standing,
    asks_signers_again,
    check_new_text,
    is_read_first,
)
from dosfed.deliberation.proposals.versions import (
    Replacement,
    is_frozen,
    replace_text,
    was_replaced_by_facilitator,
)
from dosfed.deliberation.rules import check_author, check_there
from dosfed.deliberation.team.kept import role_about
from dosfed.deliberation.team.rules import check_facilitator
from dosfed.deliberation.votes.rules import check_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The words that somebody gives a published proposal, why, and when they say they did."""

    by: ActorId
    title: str
    text: str
    note: str = ""
    is_by_note: bool = False  # as an edit of the Note that it came from
    said_at: datetime | None = None  # of two such edits the later one stands, however they come


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What decides whether a proposal may be given a new text, and who reads that first."""

    consultation: Consultation
    standing: Standing


async def situation_of(
    connection: AsyncConnection, record: ProposalRecord, *, at: datetime
) -> Situation:
    """Return the situation of a proposal at a moment."""
    consultations = await load_consultations(connection, [record.consultation])
    consultation = consultations[record.consultation].consultation
    standing = await standing_of(connection, record, at=at)
    return Situation(consultation=consultation, standing=standing)


async def standing_of(
    connection: AsyncConnection, record: ProposalRecord, *, at: datetime
) -> Standing:
    """Return a proposal as those rules see it that say who may change it."""
    return Standing(
        author=None if record.author is None else ActorId(record.author),
        is_waiting=record.state not in WITH_A_PAGE.proposals,
        version=record.version,
        is_frozen=await is_frozen(connection, record, at=at),
    )


async def nothing_new(
    connection: AsyncConnection, record: ProposalRecord, given: Given, *, at: datetime
) -> NothingNew | NewTextDropped | None:
    """Return what giving a proposal the words comes to that it has, or that wait for it already.

    Its author asks for another text no more, who gives it the words that it has.
    """
    before = None
    if given.by == record.author:
        before = await new_texts.load_new_text(connection, record.id)
    if (given.title, given.text) == (record.title, record.text):
        if before is None or not before.waits:
            return NothingNew(id=record.id, at=at)
        await new_texts.drop_new_text(connection, record.id)
        return NewTextDropped(id=record.id, at=at)
    if before is not None and before.says(given.title, given.text):
        # Sent twice; or a server repeats an edit that was turned down, or came too late.
        is_known = before.waits or given.is_by_note
    else:
        # A Note that is sent again says what it said before a facilitator changed the text.
        is_known = given.is_by_note and await was_replaced_by_facilitator(
            connection, record.id, given.title, given.text
        )
    return NothingNew(id=record.id, at=at) if is_known else None


async def give(
    connection: AsyncConnection,
    record: ProposalRecord,
    given: Given,
    situation: Situation,
    *,
    at: datetime,
) -> ProposalRevised | NewTextSubmitted:
    """Give a published proposal a new text, which may have to be read first."""
    html = texts.render_markdown(given.text)
    words = {"title": given.title, "text": given.text, "html": html}
    about = situation.consultation, situation.standing, given.by
    if is_read_first(*about):
        before = await new_texts.load_new_text(connection, record.id)
        kept = {**words, "note": given.note}
        said_at = given.said_at or at
        await new_texts.put_new_text(connection, record.id, kept, before=before, at=said_at)
        is_by_note = given.is_by_note
        return NewTextSubmitted(id=record.id, at=at, record=record, is_by_note=is_by_note)
    by = "author" if given.by == record.author else "facilitator"
    replacement = Replacement(note=given.note, by=by, at=given.said_at or at)
    await _replace(connection, record, words, replacement)
    again: Sequence[str] = ()
    if asks_signers_again(*about):
        again = await drop_signers(connection, record.id)
    return ProposalRevised(id=record.id, at=at, by=given.by, former=record.title, asked_again=again)


async def _replace(
    connection: AsyncConnection,
    record: ProposalRecord,
    words: dict[str, Any],
    replacement: Replacement,
) -> None:
    """Write a new version; its clauses keep the anchors that arguments point at."""
    before = clauses_of(record.html, record.clauses)
    clauses = list(anchors(before, split(words["html"])))
    await replace_text(connection, record.id, {**words, "clauses": clauses}, replacement)


async def decide(connection: AsyncConnection, command: DecideNewText, *, at: datetime) -> Done:
    """Let a published proposal have the text that waits for it, or turn that down (rule 3.31)."""
    if command.by is not None:
        check_facilitator(await role_about(connection, command.by, command.id))
    await proposals.hold(connection, command.id)
    record = await _load(connection, command.id)
    after(PROPOSALS, PostAct.DECIDE_TEXT, record.state)
    check_shown(record.hidings, at=at)
    found = await new_texts.load_new_text(connection, record.id)
    waiting = found if found is not None and found.waits else None
    check_new_text(
        command,
        number=None if waiting is None else waiting.number,
        version=record.version,
        is_frozen=await is_frozen(connection, record, at=at),
    )
    one = check_there(waiting)
    if not command.is_accepted:
        reason = command.reason.strip()
        await new_texts.refuse_new_text(connection, record.id, reason=reason)
        return Done(facts=(NewTextRefused(id=record.id, at=at, record=record, reason=reason),))
    around = await load_consultations(connection, [record.consultation])
    check_standing(around[record.consultation].withdrawn_at)
    words = {"title": one.title, "text": one.text, "html": one.html}
    await _replace(connection, record, words, Replacement(note=one.note, by="author", at=at))
    await new_texts.drop_new_text(connection, record.id)
    by, let_by = record.author or record.organiser, command.by or record.organiser
    return Done(facts=(ProposalRevised(id=record.id, at=at, by=by, let_by=let_by),))


async def drop(connection: AsyncConnection, command: DropNewText, *, at: datetime) -> Done:
    """Let go of a new text by its author's wish."""
    await proposals.hold(connection, command.id)
    record = await _load(connection, command.id)
    check_author(is_author=command.by == record.author)
    if await new_texts.load_new_text(connection, record.id) is None:
        return Done(facts=(NothingNew(id=record.id, at=at),))
    await new_texts.drop_new_text(connection, record.id)
    return Done(facts=(NewTextDropped(id=record.id, at=at),))


async def _load(connection: AsyncConnection, proposal: str) -> ProposalRecord:
    """Return a proposal of this home."""
    record = check_there(await proposals.load_proposal(connection, proposal))
    return check_there(record if record.home is None else None)


async def lapse_due(connection: AsyncConnection, house: House, *, now: datetime) -> int:
    """Let new texts go that nobody read before the text was frozen; tell their authors."""
    lapsed = await new_texts.find_lapsed(connection, now=now)
    if not lapsed:
        return 0
    await new_texts.lapse(connection, lapsed)
    records = [await _load(connection, proposal) for proposal in lapsed]
    facts = [NewTextLapsed(id=record.id, at=now, record=record) for record in records]
    await consequences.follow(connection, facts, house)
    return len(facts)
