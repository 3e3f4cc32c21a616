"""What answers a hidden argument stays, and does not say whose that was."""

import orjson
import pytest
from sqlalchemy import select

from dosfed.activitypub.collections import outbox_page
from dosfed.deliberation.debate.tables import Arguments
from tests.web.hidden.conftest import Case, first_argument
from tests.web.site import JSON, path_of


@pytest.mark.rule("3.21")
async def test_an_answer_names_nobody_whose_argument_is_hidden(case: Case) -> None:
    hidden, page = await first_argument(case), path_of(case.voted)
    await case.ana.submit(
        page, f"{page}/arguments", text="Moi non.", stance="against", in_reply_to=hidden
    )
    async with case.site.database.read() as connection:
        rows = await connection.execute(select(Arguments.id).where(Arguments.in_reply_to == hidden))
        answer = rows.scalar_one()
    zoe = case.citizen("zoe")
    assert zoe in await _documents(case, answer)

    await case.hide(hidden)
    assert zoe not in await _documents(case, answer)

    await case.show(hidden)
    assert zoe in await _documents(case, answer)


async def _documents(case: Case, answer: str) -> str:
    """Return what is read of an answer at its address, and in its author's outbox."""
    async with case.site.database.read() as connection:
        outbox = await outbox_page(connection, case.citizen("ana"), before=None)
    return (await case.read(path_of(answer), accept=JSON)).text + orjson.dumps(outbox).decode()
