"""Moderation: reports are answered, arguments hidden or shown again, and others hear of it."""

from datetime import datetime
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, writing
from dosfed.acts import arguments as argument_acts
from dosfed.acts import telling, terms
from dosfed.acts.argument_documents import ArgumentRecord, document, load_argument
from dosfed.acts.submission import Done, House
from dosfed.deliberation import moderation
from dosfed.deliberation.model import (
    AnswerReport,
    ArgumentId,
    HideArgument,
    Refusal,
    Refused,
)
from dosfed.deliberation.people import role_of
from dosfed.deliberation.team_rules import check_answer, check_hiding, check_moderator


async def perform(
    connection: AsyncConnection, command: AnswerReport | HideArgument, house: House, *, at: datetime
) -> Done:
    """Do what a moderator asks for, or raise `Refused`."""
    match command:
        case AnswerReport():
            return await answer(connection, command, house, at=at)
        case HideArgument():
            return await hide(connection, command, house, at=at)
        case _:
            assert_never(command)


async def answer(
    connection: AsyncConnection, command: AnswerReport, house: House, *, at: datetime
) -> Done:
    """Answer a report once; one that is upheld hides the arguments that it names."""
    check_moderator(await role_of(connection, command.by))
    report = await moderation.load_report(connection, command.report)
    if report is None:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    check_answer(
        command.note, is_upheld=command.is_upheld, is_answered=report.answered_at is not None
    )
    await moderation.answer_report(connection, command, at)
    if command.is_upheld:
        for argument in await moderation.visible_among(connection, report.objects):
            hiding = HideArgument(
                id=ArgumentId(argument),
                by=command.by,
                is_hidden=True,
                reason=command.note,
                code=command.code,
            )
            await hide(connection, hiding, house, at=at)
    await telling.report_answered(connection, command.report, is_upheld=command.is_upheld, at=at)
    return Done(id=str(command.report))


async def hide(
    connection: AsyncConnection, command: HideArgument, house: House, *, at: datetime
) -> Done:
    """Hide an argument, or show it again.

    On a mirror a moderator of the mirror may, for its own pages; and the home, for all.
    """
    record = await load_argument(connection, command.id)
    is_home = record is not None and record.home is not None and command.by == record.consultation
    if not is_home:
        check_moderator(await role_of(connection, command.by))
    if record is None or record.deleted_at is not None:
        raise Refused(Refusal.UNKNOWN_OBJECT)
    check_hiding(command.reason, is_hidden=command.is_hidden)
    was_hidden = record.hidden_at is not None
    await moderation.hide(connection, command, at)
    if command.is_hidden and not was_hidden:
        await telling.arguments_hidden(connection, [command.id], at=at)
    if not is_home and (command.is_hidden or was_hidden):
        await _make_known(connection, command, house, at=at)
    return Done(id=command.id)


async def _make_known(
    connection: AsyncConnection, command: HideArgument, house: House, *, at: datetime
) -> None:
    """Tell who holds a copy: of what was written here by an Update, mirrors by their Group."""
    record = await load_argument(connection, command.id)
    if record is None:
        raise LookupError(command.id)
    if house.instance.is_ours(record.id):
        update = writing.update(house.instance, document(record))
        heard = await argument_acts.audience_inboxes(connection, record)
        await outbox.put(connection, update, at=at, inboxes=heard)
    if record.home is None:
        activity = hiding(house, record, command)
        await argument_acts.pass_on(connection, record.consultation, [activity], house, at=at)


def hiding(house: House, record: ArgumentRecord, command: HideArgument) -> dict[str, Any]:
    """Return what a Group says of an argument that it hides: a Delete with a reason, or its Undo.

    Lemmy writes what its moderators remove in the same way.
    """
    group = record.consultation
    gone = {"id": record.id, "type": "Tombstone", "formerType": "Note"}
    activity = {
        **writing.delete(house.instance, group, gone),
        "audience": group,
        "summary": record.hidden_reason or command.reason,
        terms.REASON: record.hidden_code or command.code.value,
    }
    return activity if command.is_hidden else writing.undo(house.instance, activity)
