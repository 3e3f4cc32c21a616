"""Taking one's data along, and deleting one's account."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from dosfed.accounts import tables as accounts
from dosfed.accounts.codes import new_recovery_codes
from dosfed.accounts.factors import keep_factor, keep_recovery_codes
from dosfed.activitypub.tables import Actors, Outbox
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import CoSigners, Drafts
from dosfed.deliberation.team.tables import Users
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots
from tests.web.accounts.test_sign_in import ADDRESS, PASSWORD, add, sign_in
from tests.web.site import HTML, JSON, Answer, Browser, Site, path_of


@pytest.fixture
async def ana(site: Site) -> Browser:
    """The browser of somebody who signed in with a password."""
    await add(site, "ana", ADDRESS)
    browser = site.browser()
    await sign_in(browser, "ana")
    return browser


async def take_part(browser: Browser, proposals: dict[str, str]) -> None:
    """Vote, argue, weigh and follow."""
    path = path_of(proposals["quais"])
    await browser.submit(path, f"{path}/ballot", option="D'accord")
    await browser.submit(path, f"{path}/arguments", text="Mes mots", stance="for")
    await browser.submit(path, "/subscriptions", target=proposals["quais"], subscribe="1")


async def delete(browser: Browser, name: str = "@ana", current: str = PASSWORD) -> Answer:
    return await browser.submit("/account/delete", "/account/delete", name=name, current=current)


async def count(site: Site, *conditions: Any) -> int:
    async with site.database.read() as connection:
        return (await connection.execute(select(func.count()).where(*conditions))).scalar_one()


@pytest.mark.rule("6.10")
async def test_all_that_is_kept_of_somebody_is_theirs_to_take(
    proposals: dict[str, str], ana: Browser
) -> None:
    await take_part(ana, proposals)

    answer = await ana.get("/account/export")

    found = json.loads(answer.text)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert 'filename="ana-localhost' in answer.headers["content-disposition"]
    assert found["person"][0]["name"] == "ana"
    assert found["account"][0]["email"] == ADDRESS
    [ballot] = found["ballots"]
    assert (ballot["poll"], ballot["choices"]) == (proposals["quais"], ["D'accord"])
    assert found["arguments"][0]["text"] == "Mes mots"
    assert found["subscriptions"][0]["target"] == proposals["quais"]
    assert len(found["sessions"]) == 1


@pytest.mark.rule("6.10")
async def test_what_is_taken_along_opens_nothing(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    await take_part(ana, proposals)

    text = (await ana.get("/account/export")).text

    assert "argon2" not in text
    async with site.database.read() as connection:
        digests = (await connection.execute(select(accounts.Sessions.digest))).scalars().all()
        tokens = (await connection.execute(select(accounts.Accounts.unsubscribe))).scalars().all()
    assert digests
    for secret in (*tokens, *(digest.hex() for digest in digests)):
        assert secret not in text


async def test_nobody_else_is_in_the_file(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    luc = await site.signed_in("luc")
    await take_part(luc, proposals)

    assert "luc" not in (await ana.get("/account/export")).text


@pytest.mark.rule("6.9")
async def test_an_account_is_deleted_whole(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    await take_part(ana, proposals)
    user = site.house.instance.citizen("ana")
    async with ana.http.get(site.base_url, headers={"Accept": HTML}) as response:
        stolen = {cookie.key: cookie.value for cookie in ana.http.cookie_jar}
        assert response.status == 200

    async with site.database.write() as connection:
        at = site.clock.now()
        await keep_factor(connection, user, b"sealed", step=0, at=at)
        await keep_recovery_codes(connection, user, new_recovery_codes())

    page = await delete(ana)

    assert page.status == 200
    assert "Your account has been deleted" in page.words
    assert "Sign out" not in page.words
    for owner in (
        accounts.Accounts.user,
        accounts.Sessions.user,
        accounts.SignInLinks.user,
        accounts.MailTokens.user,
        accounts.SecondFactors.user,
        accounts.RecoveryCodes.user,
        accounts.Notices.user,
        accounts.Subscriptions.user,
        Users.id,
        Ballots.voter,
        Drafts.author,
        CoSigners.actor,
    ):
        assert await count(site, owner == user) == 0, owner
    assert await count(site, Arguments.author == user, Arguments.html != "") == 0
    assert await count(site, Arguments.author == user, Arguments.author_name != "") == 0
    async with site.browser().http.get(
        site.base_url, cookies=stolen, headers={"Accept": HTML}
    ) as response:
        assert "@ana" not in await response.text()
    assert (await sign_in(site.browser(), "ana")).status == 422
    assert (await sign_in(site.browser(), ADDRESS)).status == 422
    [mail] = await site.mails(ADDRESS)
    assert "your account has been deleted" in mail


@pytest.mark.rule("6.5")
async def test_a_deleted_actor_is_a_tombstone_and_its_name_nobody_s(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    await take_part(ana, proposals)
    await delete(ana)

    gone = await site.browser().get("/u/ana", accept=JSON)
    assert gone.status == 410
    assert json.loads(gone.text)["type"] == "Tombstone"
    assert (await site.browser().get("/u/ana")).status == 410
    browser = site.browser()
    await browser.submit("/sign-up", "/sign-up", email="new@example.org")
    link = await site.link_in_mail("new@example.org")
    refused = await browser.submit(link, link, name="ana", password="other words of mine")
    assert "This user name is taken" in refused.words


async def test_a_deleted_person_s_words_are_in_no_outbox(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    anabel = await site.signed_in("anabel")
    path = path_of(proposals["quais"])
    await anabel.submit(path, f"{path}/arguments", text="De l'air", stance="for")
    await take_part(ana, proposals)
    user = site.house.instance.citizen("ana")
    assert await count(site, Outbox.actor == user, Outbox.is_public) == 1

    await delete(ana)

    async with site.database.read() as connection:
        rows = (await connection.execute(select(Outbox.body).where(Outbox.is_public))).scalars()
        public = [body or b"" for body in rows]
    assert not any(b"Mes mots" in body for body in public)
    assert any(b"De l'air" in body for body in public)
    assert not any(f'"{user}"'.encode() in body for body in public)


@pytest.mark.rule("4.2")
async def test_the_result_of_a_closed_vote_stands(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    await take_part(ana, proposals)
    site.clock.advance(days=62)
    await site.tick()
    browser = site.browser()
    await sign_in(browser, "ana")

    await delete(browser)

    assert await count(site, Ballots.id > 0) == 0
    assert await count(site, ErasedBallots.poll == proposals["quais"]) == 1
    tallies = json.loads((await site.browser().get("/c/quais/tallies.json")).text)
    quais = next(one for one in tallies["proposals"] if one["id"] == proposals["quais"])
    assert quais["voters"] == 1


async def test_an_open_vote_forgets_the_ballot(
    site: Site, proposals: dict[str, str], ana: Browser
) -> None:
    await take_part(ana, proposals)

    await delete(ana)
    await site.tick()

    tallies = json.loads((await site.browser().get("/c/quais/tallies.json")).text)
    quais = next(one for one in tallies["proposals"] if one["id"] == proposals["quais"])
    assert quais["voters"] == 0


@pytest.mark.rule("6.9")
@pytest.mark.parametrize(
    ("name", "current", "field"),
    [
        ("", PASSWORD, "name"),
        ("luc", PASSWORD, "name"),
        ("@ana", "a wrong password", "current"),
        ("ana", "", "current"),
    ],
)
async def test_nothing_is_deleted_unless_name_and_password_are_typed(
    site: Site, ana: Browser, name: str, current: str, field: str
) -> None:
    page = await delete(ana, name, current)

    assert page.status == 422
    assert f'id="delete-{field}-error"' in page.text
    assert await count(site, Users.name == "ana") == 1


async def test_deleting_twice_finds_nobody_the_second_time(site: Site, ana: Browser) -> None:
    opened = await ana.get("/account/delete")
    token = opened.text.partition('name="csrf" value="')[2].partition('"')[0]
    fields = [("csrf", token), ("name", "ana"), ("current", PASSWORD)]

    first, second = (
        await ana.post("/account/delete", fields),
        await ana.post("/account/delete", fields),
    )

    assert (first.status, second.status) == (200, 403)
    assert await count(site, Actors.deleted_at.is_not(None)) == 1


@pytest.mark.rule("6.9")
async def test_the_last_operator_stays_until_there_is_another(site: Site) -> None:
    zoe = await site.signed_in("zoe", Role.OPERATOR)

    refused = await zoe.submit("/account/delete", "/account/delete", name="zoe")
    assert refused.status == 422
    assert "You are the last operator" in refused.words
    await site.signed_in("yan", Role.OPERATOR)
    done = await zoe.submit("/account/delete", "/account/delete", name="zoe")

    assert "Your account has been deleted" in done.words
