"""Consequences: who is told what of each fact that an act made true.

An act judges, writes, and returns its facts; what follows from them is decided here and nowhere
else: what goes to other servers (`publishing`), which notices people get (`telling`), and what
must soon be in no file (`storage/scrubbing`). A fact without a case here is an error of mypy. A
page that was kept for others shows the old for a second at most, whatever became true.

Everything that follows is read from what is written by then, in the same transaction. One thing
cannot wait so long: where a person is forgotten, what goes with them is made known before that by
which it is known whom to tell (`forgetting`).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.notices import NoticeKind
from dosfed.acts import (
    authors_elsewhere,
    changes,
    contributions,
    decision_letters,
    hiding,
    meetings,
    notes,
    proposers,
    publishing,
    reports,
    team_watch,
    telling,
    threads,
    weights,
)
from dosfed.acts.authors_elsewhere import About
from dosfed.acts.decision_letters import Verdict
from dosfed.acts.facts import (
    AccountClosed,
    ArgumentEdited,
    ArgumentModerated,
    ArgumentPosted,
    ArgumentRemoved,
    ArgumentsForgotten,
    BallotSent,
    ConsultationChanged,
    ContestDecided,
    Contested,
    ContestFact,
    ContributionChanged,
    ContributionFact,
    ContributionSent,
    ContributionTakenBack,
    CorrectionAnswered,
    CorrectionAsked,
    CorrectionFact,
    CreditDropped,
    DebateFact,
    Fact,
    MeetingPlanned,
    ModerationFact,
    NewTextDropped,
    NewTextLapsed,
    NewTextRefused,
    NewTextSubmitted,
    NoteFact,
    NotePublished,
    NoteWithdrawn,
    NothingNew,
    PersonFact,
    PersonForgotten,
    PostShared,
    PostWeighed,
    ProposalDropped,
    ProposalFact,
    ProposalGone,
    ProposalModerated,
    ProposalPublished,
    ProposalRefused,
    ProposalRevised,
    ProposalReworded,
    ProposalSigned,
    ProposalSubmitted,
    ProposalTagged,
    ProposalWithdrawn,
    ReportMade,
    ReportsAnswered,
    SignatureDropped,
    SubmittedBefore,
    TextFact,
    VoteFact,
    WithdrawalSent,
)
from dosfed.acts.submission import House
from dosfed.deliberation.proposals.kept import need_proposal
from dosfed.deliberation.votes.ballots import BallotCast, BallotWithdrawn
from dosfed.storage.scrubbing import must_scrub
from dosfed.wire.author_letters import AboutText
from dosfed.wire.decision_letters import AboutDecision
from dosfed.wire.proposals import write_proposal, write_tombstone

# Words, names or a choice were taken away, or replaced: they are soon in no file (rule 4.4).
TAKING_AWAY = (
    ArgumentEdited
    | BallotWithdrawn
    | ArgumentModerated
    | ArgumentRemoved
    | ContributionChanged
    | ContributionTakenBack
    | CreditDropped
    | NewTextDropped
    | NewTextSubmitted
    | NotePublished
    | NoteWithdrawn
    | PersonForgotten
    | ProposalDropped
    | ProposalModerated
    | ProposalReworded
    | ProposalRevised
    | ProposalWithdrawn
)


async def follow(connection: AsyncConnection, facts: Sequence[Fact], house: House) -> None:
    """Let everybody know who must hear of these facts, in their order."""
    for kind, group in groupby(facts, key=type):
        if kind is ArgumentPosted:
            posted = [fact for fact in group if isinstance(fact, ArgumentPosted)]
            await _follow_posted(connection, posted, house)
        else:
            for fact in group:
                await _follow_one(connection, fact, house)
    if found := [fact for fact in facts if isinstance(fact, TAKING_AWAY)]:
        await must_scrub(connection, found[-1].at)


async def _follow_one(connection: AsyncConnection, fact: Fact, house: House) -> None:
    if isinstance(fact, DebateFact):
        await _of_debate(connection, fact, house)
    elif isinstance(fact, ProposalFact):
        await _of_proposal(connection, fact, house)
    elif isinstance(fact, CorrectionFact | ContestFact):
        await _of_discussion(connection, fact, house)
    elif isinstance(fact, TextFact):
        await _of_text(connection, fact, house)
    elif isinstance(fact, ContributionFact):
        await _of_contribution(connection, fact, house)
    elif isinstance(fact, ProposalGone):
        await _of_what_is_gone(connection, fact, house)
    elif isinstance(fact, ModerationFact):
        await _of_moderation(connection, fact, house)
    else:
        await _of_the_rest(connection, fact, house)


async def _follow_posted(
    connection: AsyncConnection, facts: Sequence[ArgumentPosted], house: House
) -> None:
    """Tell of arguments of one run together: one answers another, and few statements do."""
    await threads.tell_of_new(connection, facts, house)
    await telling.arguments_posted(connection, [fact.id for fact in facts], at=facts[-1].at)


async def _of_debate(connection: AsyncConnection, fact: DebateFact, house: House) -> None:
    match fact:
        case ArgumentPosted():
            await _follow_posted(connection, [fact], house)
        case ArgumentEdited():
            await threads.tell_of_edit(connection, fact, house)
        case ArgumentRemoved():
            await telling.objects_gone(connection, [fact.id])
            await threads.tell_of_removal(connection, fact, house)
        case ArgumentsForgotten():
            await telling.objects_gone(connection, [record.id for record in fact.records])
            await threads.tell_of_forgotten(connection, fact, house)
        case PostWeighed():
            await weights.tell(connection, fact, house)
        case PostShared():
            pass  # its own server has told
        case _:
            assert_never(fact)


async def _of_proposal(connection: AsyncConnection, fact: ProposalFact, house: House) -> None:
    at = fact.at
    match fact:
        case ProposalSubmitted():
            await team_watch.proposal_waits(connection, fact.id, at=at)
        case ProposalPublished(record=record):
            await publishing.publish_proposals(connection, house, [record], at=at)
            named, has_waited = telling.named(record), fact.has_waited
            await telling.proposal_published(connection, named, has_waited=has_waited, at=at)
        case ProposalRefused(record=record, reason=reason):
            await telling.proposal_refused(connection, telling.named(record), at=at)
            await proposers.tell_refused(connection, record, reason, house, at=at)
        case ProposalTagged():
            changed = await need_proposal(connection, fact.id)
            await publishing.update_details(connection, house, changed, at=at)
        case ProposalSigned():
            await telling.proposal_signed(
                connection, fact.id, by=fact.by, by_name=fact.by_name, at=at
            )
        case SubmittedBefore() | SignatureDropped():
            pass
        case _:
            assert_never(fact)


async def _of_discussion(
    connection: AsyncConnection, fact: CorrectionFact | ContestFact, house: House
) -> None:
    if isinstance(fact, CorrectionFact):
        await _of_correction(connection, fact, house)
    else:
        await _of_contest(connection, fact, house)


async def _of_correction(connection: AsyncConnection, fact: CorrectionFact, house: House) -> None:
    """Tell whose turn it is: an author by a notice, or by a letter that they can answer."""
    match fact:
        case CorrectionAsked(record=record, text=text):
            # Somebody elsewhere who signed in here once may not come back to read a notice.
            await telling.tell_author(connection, record, NoticeKind.CORRECTION, at=fact.at)
            told = About(word=AboutText.CORRECTION, at=fact.at, reason=text)
            await authors_elsewhere.tell(connection, record, told, house)
        case CorrectionAnswered() | ProposalReworded(was_asked=True):
            await team_watch.proposal_waits(connection, fact.id, at=fact.at)
        case ProposalReworded():
            pass
        case _:
            assert_never(fact)


async def _of_contest(connection: AsyncConnection, fact: ContestFact, house: House) -> None:
    """Tell who decides that somebody contests, and the author what came of it."""
    match fact:
        case Contested(decision=decision):
            await team_watch.contested(connection, decision, at=fact.at)
        case ContestDecided():
            await team_watch.contest_over(connection, fact.id)
            await telling.contest_decided(connection, fact)
            about = AboutDecision.LIFTED if fact.is_lifted else AboutDecision.UPHELD
            verdict = Verdict(about=about, reason=fact.reason)
            await decision_letters.tell(connection, fact.id, verdict, house, at=fact.at)
        case _:
            assert_never(fact)


async def _of_text(connection: AsyncConnection, fact: TextFact, house: House) -> None:
    """Publish what a proposal says, or tell its author, wherever they are, how their text fares."""
    match fact:
        case ProposalRevised():
            changed = await need_proposal(connection, fact.id)
            said, readers = write_proposal(changed), publishing.of_proposal(changed)
            await publishing.update(connection, house, said, readers, at=fact.at)
            await telling.proposal_revised(connection, fact)
        case NewTextSubmitted(record=record):
            await team_watch.proposal_waits(connection, fact.id, at=fact.at)
            if fact.is_by_note:
                told = About(word=AboutText.WAITS, at=fact.at)
                await authors_elsewhere.tell(connection, record, told, house)
        case NewTextRefused() | NewTextLapsed():
            await _tell_author(connection, fact, house)
        case NewTextDropped():
            pass  # its author alone knew of it
        case _:
            assert_never(fact)


async def _tell_author(
    connection: AsyncConnection, fact: NewTextRefused | NewTextLapsed, house: House
) -> None:
    """Tell an author that a proposal does not get their text: by a notice, or by a letter."""
    if isinstance(fact, NewTextRefused):
        kind, about = NoticeKind.TEXT_REFUSED, AboutText.REFUSED
    else:
        kind, about = NoticeKind.TEXT_LAPSED, AboutText.LAPSED
    if await telling.tell_author(connection, fact.record, kind, at=fact.at):
        return
    reason = fact.reason if isinstance(fact, NewTextRefused) else ""
    told = About(word=about, at=fact.at, reason=reason)
    await authors_elsewhere.tell(connection, fact.record, told, house)


async def _of_contribution(
    connection: AsyncConnection, fact: ContributionFact, house: House
) -> None:
    match fact:
        case ContributionSent():
            await contributions.send(connection, fact.id, house, at=fact.at)
        case ContributionChanged():
            await contributions.change(connection, fact.id, house, at=fact.at)
        case _:
            assert_never(fact)


async def _of_what_is_gone(connection: AsyncConnection, fact: ProposalGone, house: House) -> None:
    at = fact.at
    match fact:
        case CreditDropped(home=None):
            changed = await need_proposal(connection, fact.id)
            await publishing.update_details(connection, house, changed, at=at)
        case CreditDropped():
            pass  # its home tells the others
        case ProposalWithdrawn(record=record):
            await telling.objects_gone(connection, [fact.id])
            gone, readers = write_tombstone(record, at=at), publishing.of_proposal(record)
            await publishing.delete(connection, house, gone, readers, at=at)
        case ProposalDropped():
            await telling.objects_gone(connection, [fact.id])
        case ContributionTakenBack(record=record):
            await contributions.take_back(connection, record, house, at=at)
        case _:
            assert_never(fact)


async def _of_moderation(connection: AsyncConnection, fact: ModerationFact, house: House) -> None:
    at = fact.at
    match fact:
        case ArgumentModerated(command=command):
            await threads.rewrite_answers(connection, [fact.id], house)
            if command.is_hidden and not fact.was_hidden:
                await telling.arguments_hidden(connection, [fact.id], at=at)
            await hiding.tell_of_argument(connection, command, house, is_home=fact.is_home, at=at)
            await decision_letters.tell_hidden(connection, fact, house)
        case ProposalModerated(command=command):
            was_hidden = fact.was_hidden
            await telling.proposal_hidden(connection, fact.id, was_hidden=was_hidden, at=at)
            await hiding.tell_of_proposal(connection, command, house, at=at)
            await decision_letters.tell_hidden(connection, fact, house)
        case ReportMade(command=command):
            await team_watch.reported(connection, by=command.reporter, at=at)
            if command.is_passed_on:
                await reports.pass_on(connection, command, house, at=at)
        case ReportsAnswered(is_upheld=is_upheld):
            for report in fact.reports:
                await telling.report_answered(connection, report, is_upheld=is_upheld, at=at)
        case _:
            assert_never(fact)


async def _of_the_rest(
    connection: AsyncConnection,
    fact: MeetingPlanned | ConsultationChanged | NoteFact | VoteFact | PersonFact | NothingNew,
    house: House,
) -> None:
    match fact:
        case MeetingPlanned(meeting=meeting):
            await meetings.tell(connection, fact, house)
            await telling.meeting_planned(connection, meeting.consultation, by=fact.by, at=fact.at)
        case NotePublished():
            await notes.tell(connection, fact, house)
        case NoteWithdrawn():
            await notes.tell_of_withdrawal(connection, fact, house)
        case ConsultationChanged():
            await changes.tell(connection, fact, house)
        case PersonForgotten():
            await telling.person_gone(connection, fact.id)
        case AccountClosed(known_at=inboxes):
            await publishing.delete_actor(connection, house, fact.id, inboxes, at=fact.at)
        case BallotCast() | BallotSent() | BallotWithdrawn() | WithdrawalSent() | NothingNew():
            pass  # its voter reads it on the page, or is answered (`ballots`)
        case _:
            assert_never(fact)
