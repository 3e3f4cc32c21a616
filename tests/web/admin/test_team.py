"""People with an account: found, given roles, suspended, invited."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.accounts.tables import FediverseAccounts, Invitations, Sessions
from dosfed.acts import team
from dosfed.deliberation.model import Refusal, Refused, Role
from dosfed.deliberation.team.kept import role_of
from tests.conftest import START
from tests.web.site import Answer, Browser, Site

ELSEWHERE = "https://masto.example/users/bo"


@pytest.fixture
async def operator(site: Site) -> Browser:
    """The browser of an operator."""
    return await site.signed_in("ana", Role.OPERATOR)


def citizen(site: Site, name: str) -> str:
    return site.house.instance.citizen(name)


async def change(operator: Browser, **fields: Any) -> Answer:
    return await operator.submit("/admin/people", "/admin/people", **fields)


async def role(site: Site, name: str) -> Role | None:
    async with site.database.read() as connection:
        return await role_of(connection, citizen(site, name))


async def come_from_elsewhere(site: Site) -> None:
    """Let somebody of another server have signed in here."""
    async with site.database.write() as connection:
        await connection.execute(
            insert(FediverseAccounts).values(
                actor=ELSEWHERE,
                host="masto.example",
                handle="@bo@masto.example",
                language="en",
                scope="read",
                signed_in_at=START,
            )
        )


async def test_people_are_found_by_name_here_and_elsewhere(site: Site, operator: Browser) -> None:
    await site.signed_in("zoe")
    await come_from_elsewhere(site)

    everybody = (await operator.get("/admin/people")).words
    found = (await operator.get("/admin/people?q=MASTO")).words
    nobody = (await operator.get("/admin/people?q=%25%00%E2%80%AE_")).words

    assert everybody.index("@ana") < everybody.rindex("@zoe")
    assert "3 people" in everybody
    assert "@bo@masto.example" in found
    assert "1 person" in found
    assert "No account matches." in nobody


async def test_a_role_counts_from_the_next_click_on(site: Site, operator: Browser) -> None:
    zoe = await site.signed_in("zoe")
    assert (await zoe.get("/admin/reports")).status == 403

    changed = await change(operator, user=citizen(site, "zoe"), role="moderator")

    assert "Role updated." in changed.words
    assert (await zoe.get("/admin/reports")).status == 200
    await change(operator, user=citizen(site, "zoe"), role="citizen")
    assert (await zoe.get("/admin/reports")).status == 403


@pytest.mark.rule("5.6")
async def test_the_last_operator_stays(site: Site, operator: Browser) -> None:
    for fields in ({"role": "citizen"}, {"do": "suspend"}):
        refused = await change(operator, user=citizen(site, "ana"), **fields)

        assert refused.status == 422
        assert "A site must keep at least one operator." in refused.words
    assert await role(site, "ana") is Role.OPERATOR


async def test_an_operator_who_is_suspended_does_not_count(site: Site, operator: Browser) -> None:
    await site.signed_in("zoe", Role.OPERATOR)
    assert (await change(operator, user=citizen(site, "zoe"), do="suspend")).status == 200

    assert (await change(operator, user=citizen(site, "ana"), role="citizen")).status == 422


async def test_who_is_suspended_is_signed_out_and_comes_back_later(
    site: Site, operator: Browser
) -> None:
    zoe = await site.signed_in("zoe", Role.MODERATOR)
    user = citizen(site, "zoe")

    await change(operator, user=user, do="suspend")
    assert "/sign-in" in (await zoe.get("/admin")).url
    async with site.database.read() as connection:
        sessions = await connection.execute(select(Sessions.user).where(Sessions.user == user))
        assert sessions.first() is None
    assert "Suspended" in (await operator.get("/admin/people?q=zoe")).words

    back = await change(operator, user=user, do="reinstate")
    assert "Suspended" not in back.words


async def test_somebody_of_another_server_is_suspended(site: Site, operator: Browser) -> None:
    await come_from_elsewhere(site)

    await change(operator, user=ELSEWHERE, do="suspend")

    async with site.database.read() as connection:
        rows = await connection.execute(select(FediverseAccounts.suspended_at))
        assert rows.scalar_one() == site.clock.now()


async def test_who_is_not_there_is_neither_promoted_nor_suspended(
    operator: Browser,
) -> None:
    for fields in ({"role": "operator"}, {"do": "suspend"}, {"do": "reinstate"}):
        assert (await change(operator, user="https://x.example/u/no", **fields)).status == 422
    assert (await change(operator, user="x", role="king")).status == 400


@pytest.mark.rule("5.3")
@pytest.mark.parametrize("by", ["zoe", "nobody"])
async def test_the_door_looks_at_the_role_itself(site: Site, by: str) -> None:
    await site.signed_in("ana", Role.OPERATOR)
    await site.signed_in("zoe", Role.ORGANISER)
    doer, ana = citizen(site, by), citizen(site, "ana")

    async with site.database.write() as connection:
        for act in (
            team.change_role(connection, ana, Role.CITIZEN, by=doer, at=START),
            team.suspend(connection, ana, by=doer, at=START),
            team.reinstate(connection, ana, by=doer),
            team.invite_somebody(connection, role=Role.OPERATOR, note="", by=doer, at=START),
            team.take_invitation_back(connection, b"x", by=doer),
        ):
            with pytest.raises(Refused) as refused:
                await act
            assert refused.value.refusal is Refusal.NOT_ALLOWED


async def test_an_invitation_is_shown_once_and_can_be_withdrawn(
    site: Site, operator: Browser
) -> None:
    made = await operator.submit(
        "/admin/invitations", "/admin/invitations", role="moderator", note="<b>Zoe</b>"
    )
    link = re.search(r'value="(http://[^"]*/invitation/[\w-]+)"', made.text)
    listed = await operator.get("/admin/invitations")

    assert link is not None
    assert "/invitation/" not in listed.text
    assert "<b>Zoe</b>" in listed.words
    digest = re.search(r'name="digest" value="(\w+)"', listed.text)
    assert digest is not None
    path = "/admin/invitations/withdraw"
    assert (await operator.submit("/admin/invitations", path, digest=digest[1])).status == 200
    assert (await operator.submit("/admin/invitations", path, digest="no")).status == 400
    async with site.database.read() as connection:
        assert (await connection.execute(select(Invitations.note))).first() is None


async def test_an_invitation_for_too_many_words_is_not_made(operator: Browser) -> None:
    refused = await operator.submit(
        "/admin/invitations", "/admin/invitations", role="citizen", note="x" * 1_001
    )

    assert refused.status == 422
    assert 'id="note-error"' in refused.text
