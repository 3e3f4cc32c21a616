"""Without a mail server: nothing promises a mail, and who was invited still gets in."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from dosfed.accounts.invitations import Granted, invite
from dosfed.accounts.site import SignUp, save_site
from dosfed.accounts.site import Site as Settled
from dosfed.accounts.tables import Accounts, Mails
from dosfed.context import SETTINGS
from dosfed.deliberation.model import Role
from dosfed.deliberation.team.tables import Users
from dosfed.storage.engine import Database
from dosfed.web.site import SITE
from tests.conftest import GivenClock
from tests.web.site import Browser, Site, serve

ADDRESS = "ana@example.org"
PASSWORD = "four words of mine"
# What only a mail makes true, on whatever page.
PROMISES = (
    "your inbox",
    "email with a link",
    "link in the email",
    "link by email",
    "come by email",
    "this by email",
)
TAKEN = "This user name is taken"


@pytest.fixture
async def site(database: Database, clock: GivenClock) -> AsyncIterator[Site]:
    """An instance that nobody gave a mail server, as it is on its first day."""
    async with serve(database, clock, DOSFED_SMTP_URL="") as served:
        yield served


async def invitation(site: Site, role: Role = Role.CITIZEN) -> str:
    """Return the path of a new invitation."""
    async with site.database.write() as connection:
        at = site.clock.now()
        token = await invite(
            connection, Granted(role=role.value, consultation=None), note="", invited_by="", at=at
        )
    return f"/invitation/{token}"


async def mails(site: Site) -> int:
    async with site.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(Mails))).scalar_one()


async def with_address(site: Site, name: str) -> Browser:
    """Return the browser of somebody whose address was confirmed while mails left."""
    browser = await site.signed_in(name)
    async with site.database.write() as connection:
        await connection.execute(update(Accounts).values(email=ADDRESS, digest="daily"))
    return browser


@pytest.mark.rule("6.1")
async def test_nobody_signs_up_uninvited(site: Site) -> None:
    stranger = site.browser()

    page = await stranger.get("/sign-up")
    asked = await stranger.submit("/sign-in", "/sign-up", email=ADDRESS)

    assert "Accounts here are by invitation" in page.words
    assert 'name="email"' not in page.text
    assert 'href="/sign-up"' not in (await stranger.get("/")).text
    assert 'href="/sign-up"' not in (await stranger.get("/sign-in")).text
    assert asked.status == 422
    assert await mails(site) == 0


@pytest.mark.parametrize(
    "path",
    ["/sign-up", "/sign-in", "/forgot", "/notices", "/account"],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
async def test_no_page_promises_a_mail(site: Site, path: str, is_signed_in: bool) -> None:  # noqa: FBT001
    browser = await with_address(site, "ana") if is_signed_in else site.browser()

    page = await browser.get(path)

    assert page.status == 200
    assert [words for words in PROMISES if words in page.words] == []


async def test_a_forgotten_password_is_the_teams_to_help_with(site: Site) -> None:
    await with_address(site, "ana")
    stranger = site.browser()

    page = await stranger.get("/forgot")
    asked = await stranger.submit("/sign-in", "/forgot", email=ADDRESS)

    assert "Its team can give you a link that signs you in" in page.words
    assert 'name="email"' not in page.text
    assert asked.status == 422
    assert await mails(site) == 0


async def test_what_an_account_changes_is_written_to_nobody(site: Site) -> None:
    ana = await with_address(site, "ana")

    asked = await ana.submit("/account", "/account/address", email="new@example.org")
    changed = await ana.submit("/account", "/account/password", password=PASSWORD)

    assert asked.status == 422
    assert "cannot send emails at the moment" in asked.words
    assert changed.status == 200
    assert await mails(site) == 0


@pytest.mark.parametrize("path", ["/admin", "/admin/mail"])
async def test_operators_read_in_red_what_is_missing_and_what_helps(site: Site, path: str) -> None:
    operator = await site.signed_in("ana", Role.OPERATOR)

    page = await operator.get(path)

    assert '<p class="error">This site cannot send emails' in page.text
    assert "set DOSFED_SMTP_URL to a mail server" in page.words
    assert "on its way" not in (await operator.submit("/account", "/admin/mail")).words
    assert await mails(site) == 0


async def test_moderators_are_not_told_what_they_cannot_mend(site: Site) -> None:
    moderator = await site.signed_in("luc", Role.MODERATOR)

    assert "DOSFED_SMTP_URL" not in (await moderator.get("/admin")).words


@pytest.mark.rule("6.2")
async def test_who_was_invited_chooses_name_and_password_at_once(site: Site) -> None:
    path, guest = await invitation(site, Role.FACILITATOR), site.browser()

    page = await guest.get(path)
    welcome = await guest.submit(path, path, name="Ana", password=PASSWORD)

    assert "You are invited" in page.words
    assert 'href="/terms"' in page.text.partition("<main")[2].partition("</main")[0]
    assert 'name="email"' not in page.text
    assert "Welcome!" in welcome.words
    async with site.database.read() as connection:
        rows = await connection.execute(
            select(Users.name, Users.role, Accounts.email).join(Accounts, Accounts.user == Users.id)
        )
        assert rows.all() == [("ana", "facilitator", None)]
    again = site.browser()
    signed_in = await again.submit("/sign-in", "/sign-in", login="ana", password=PASSWORD)
    assert "@ana" in signed_in.words
    assert await mails(site) == 0


async def test_an_invitation_is_used_up_by_an_account_and_by_nothing_else(site: Site) -> None:
    await site.link_for("luc")
    path = await invitation(site)
    first, second = site.browser(), site.browser()
    await second.get(path)

    taken = await first.submit(path, path, name="luc", password=PASSWORD)
    weak = await first.submit(path, path, name="ana", password="1212121212")
    stale = await first.post(path, [("name", "ana"), ("password", PASSWORD)])
    assert (taken.status, weak.status, stale.status) == (422, 422, 403)
    assert TAKEN in taken.words
    assert PASSWORD not in taken.text
    assert "Welcome!" in (await first.submit(path, path, name="ana", password=PASSWORD)).words

    assert (await second.get(path)).status == 410
    late = await second.submit("/sign-in", path, name="eva", password=PASSWORD)
    assert late.status == 410
    unknown = await second.submit("/sign-in", "/invitation/x", name="eva", password=PASSWORD)
    assert unknown.status == 410


async def test_where_nobody_may_sign_up_an_invitation_opens_nothing(site: Site) -> None:
    closed = Settled(name="Here", sign_up=SignUp.CLOSED)
    async with site.database.write() as connection:
        await save_site(connection, closed)
    site.app[SITE].change(closed)
    path, guest = await invitation(site), site.browser()

    assert "Nobody can create an account here" in (await guest.get(path)).words
    refused = await guest.submit("/sign-in", path, name="ana", password=PASSWORD)
    assert refused.status == 422
    assert "Nobody can create an account here" in refused.words


async def test_with_a_mail_server_an_invitation_alone_confirms_no_address(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock) as site:
        path, guest = await invitation(site), site.browser()

        page = await guest.submit(path, path, name="ana", password=PASSWORD)

        assert site.app[SETTINGS].sends_mail
        assert "Welcome!" not in page.words
        assert 'name="email"' in page.text
