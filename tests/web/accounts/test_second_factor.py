"""A second factor: set up, asked for at sign-in, used once, replaced and removed."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from dosfed.accounts.codes import code_at, new_secret, step_of
from dosfed.accounts.secrets import Vault
from dosfed.accounts.tables import Accounts, RecoveryCodes, SecondFactors, Sessions
from dosfed.context import SETTINGS
from dosfed.storage.engine import Database
from dosfed.web.accounts.second_factor import draw_code
from dosfed.web.services import CODES_BY_ALL, PASSWORDS_TRIED, VAULT
from dosfed.web.session import issue_link
from tests.conftest import START, GivenClock
from tests.web.accounts.test_sign_in import ADDRESS, PASSWORD, add, at, forget, sign_in
from tests.web.site import TOKEN, Answer, Browser, Site, serve

PAGE = "/account/second-factor"
OTHER = "other words of mine"
SETUP = re.compile(r'name="setup" value="([^"]+)"')
TICKET = re.compile(r'name="ticket" value="([^"]+)"')
KEY = re.compile(r'<p class="key"><code[^>]*>([^<]+)</code>')
LINK = re.compile(r'href="(otpauth:[^"]+)"')
RECOVERY = re.compile(r"<li><code[^>]*>([^<]+)</code></li>")


async def set_up(browser: Browser, *, path: str = PAGE, **fields: str) -> tuple[str, list[str]]:
    """Set up a second factor; return its secret, and the recovery codes."""
    secret, setup = secret_on(await browser.get(path))
    fields = {"current": PASSWORD, **fields}
    code = code_at(secret, browser.site.clock.now())
    page = await browser.submit(path, path, follow=True, setup=setup, otp=code, **fields)
    assert page.status == 200, page.words
    return secret, RECOVERY.findall(page.text)


def secret_on(page: Answer) -> tuple[str, str]:
    """Return the secret that a page shows, for an app, and as its form carries it."""
    setup, key = SETUP.search(page.text), KEY.search(page.text)
    assert setup is not None, page.words
    assert key is not None
    return key[1].replace(" ", ""), setup[1]


async def give(browser: Browser, asked: Answer, **fields: str) -> Answer:
    """Give a code on the page that asks for one."""
    token, ticket = TOKEN.search(asked.text), TICKET.search(asked.text)
    assert ticket is not None, asked.words
    assert token is not None
    return await browser.post(
        "/sign-in/code", [("csrf", token[1]), ("ticket", ticket[1]), *fields.items()]
    )


def now(browser: Browser, secret: str) -> str:
    """Return the code of now, which is none that was given before."""
    browser.site.clock.advance(seconds=30)
    return code_at(secret, browser.site.clock.now())


@pytest.fixture
async def ana(site: Site) -> Browser:
    """The browser of somebody who has signed in by her password."""
    await add(site, "ana", ADDRESS)
    browser = site.browser()
    assert "You are signed in" in (await sign_in(browser, "ana")).words
    return browser


def is_in(page: Answer) -> bool:
    return "Sign out" in page.words


async def test_an_app_may_scan_its_key(ana: Browser) -> None:
    page = await ana.get(PAGE)
    link = LINK.search(page.text)

    assert link is not None
    secret, _setup = secret_on(page)
    assert f"secret={secret}&" in unescape(link[1])
    assert draw_code(unescape(link[1])) in page.text
    assert draw_code(unescape(link[1]) + "1") not in page.text


@pytest.mark.rule("6.13")
async def test_a_code_is_asked_for_after_the_password(site: Site, ana: Browser) -> None:
    secret, recovery = await set_up(ana)
    other = site.browser()

    asked = await sign_in(other, "ana", return_to="/notices")
    assert asked.status == 200
    assert "The six digits your app is showing" in asked.words
    assert asked.headers["cache-control"] == "no-store"
    assert not is_in(asked)
    assert not is_in(await other.get("/"))
    page = await give(other, asked, otp=now(other, secret))

    assert page.url.endswith("/notices?notice=signed-in")
    assert is_in(page)
    assert len(set(recovery)) == 10


async def test_a_field_for_a_code_is_one_that_phones_and_readers_know(ana: Browser) -> None:
    await set_up(ana)

    asked = await sign_in(ana.site.browser(), "ana")

    [field] = re.findall(r'<input id="code-otp"[^>]*>', asked.text)
    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field
    assert '<label for="code-otp">' in asked.text


@pytest.mark.rule("6.13")
async def test_a_code_counts_once(site: Site, ana: Browser) -> None:
    secret, _ = await set_up(ana)
    first, second = site.browser(), site.browser()
    code = now(first, secret)

    assert is_in(await give(first, await sign_in(first, "ana"), otp=code))
    again = await give(second, await sign_in(second, "ana"), otp=code)

    assert again.status == 422
    assert "Wrong code" in again.words
    assert not is_in(await second.get("/"))


@pytest.mark.rule("6.13")
async def test_the_code_that_set_it_up_and_older_ones_do_not_count(
    site: Site, ana: Browser
) -> None:
    before = site.clock.now()
    secret, _ = await set_up(ana)
    browser = site.browser()
    asked = await sign_in(browser, "ana")

    for moment in (before, before - timedelta(seconds=30)):
        assert (await give(browser, asked, otp=code_at(secret, moment))).status == 422


@pytest.mark.rule("6.13")
@pytest.mark.parametrize(
    ("seconds", "counts"), [(-60, False), (-30, True), (30, True), (60, False)]
)
async def test_a_clock_may_be_half_a_minute_wrong(
    site: Site, ana: Browser, seconds: int, *, counts: bool
) -> None:
    secret, _ = await set_up(ana)
    site.clock.advance(seconds=600)
    browser, shown = site.browser(), site.clock.now() + timedelta(seconds=seconds)

    page = await give(browser, await sign_in(browser, "ana"), otp=code_at(secret, shown))

    assert is_in(page) is counts


@pytest.mark.parametrize("otp", ["", "000000", "12345", "1234567", "abcdef", "٣٤٥٦٧٨", "1" * 500])
async def test_what_is_no_code_opens_nothing(site: Site, ana: Browser, otp: str) -> None:
    await set_up(ana)
    browser = site.browser()

    page = await give(browser, await sign_in(browser, "ana"), otp=otp)

    assert page.status == 422
    assert not is_in(await browser.get("/"))


async def test_a_code_may_be_typed_as_the_app_shows_it(site: Site, ana: Browser) -> None:
    secret, _ = await set_up(ana)
    browser = site.browser()
    code = now(browser, secret)

    assert is_in(await give(browser, await sign_in(browser, "ana"), otp=f" {code[:3]} {code[3:]}"))


@pytest.mark.rule("6.13")
async def test_a_code_of_another_account_opens_nothing(site: Site, ana: Browser) -> None:
    await set_up(ana)
    await add(site, "luc", "luc@example.org")
    luc = site.browser()
    await sign_in(luc, "luc")
    theirs, recovery = await set_up(luc)
    browser = site.browser()
    asked = await sign_in(browser, "ana")

    assert (await give(browser, asked, otp=now(browser, theirs))).status == 422
    assert (await give(browser, asked, recovery=recovery[0])).status == 422


@pytest.mark.rule("6.13")
async def test_a_right_password_counts_in_its_own_browser_for_ten_minutes(
    site: Site, ana: Browser
) -> None:
    secret, _ = await set_up(ana)
    owner, thief = site.browser(), site.browser()
    asked, other = await sign_in(owner, "ana"), await thief.get("/sign-in")
    ticket, token = TICKET.search(asked.text), TOKEN.search(other.text)
    assert ticket is not None
    assert token is not None

    fields = [("csrf", token[1]), ("ticket", ticket[1]), ("otp", now(owner, secret))]
    taken = await thief.post("/sign-in/code", fields)
    assert taken.status == 422
    assert "The code came too late, or from another browser" in taken.words
    site.clock.advance(seconds=600)
    late = await give(owner, asked, otp=now(owner, secret))
    assert "The code came too late" in late.words
    assert not is_in(await owner.get("/"))


@pytest.mark.parametrize("ticket", ["", "x", "gAAAAABh" * 20])
async def test_a_ticket_that_is_none_of_ours_leads_back_to_sign_in(site: Site, ticket: str) -> None:
    page = await site.browser().submit("/sign-in", "/sign-in/code", ticket=ticket, otp="123456")

    assert page.status == 422
    assert "Sign in again" in page.words
    assert (await site.browser().get("/sign-in/code")).url.endswith("/sign-in")


async def test_a_ticket_is_worth_nothing_once_the_password_is_another_one(
    site: Site, ana: Browser
) -> None:
    secret, _ = await set_up(ana)
    browser = site.browser()
    asked = await sign_in(browser, "ana")
    await ana.submit("/account", "/account/password", current=PASSWORD, password=OTHER)

    page = await give(browser, asked, otp=now(browser, secret))

    assert page.status == 422
    assert not is_in(await browser.get("/"))


async def test_who_is_suspended_meanwhile_does_not_get_in(site: Site, ana: Browser) -> None:
    secret, _ = await set_up(ana)
    browser = site.browser()
    asked = await sign_in(browser, "ana")
    async with site.database.write() as connection:
        await connection.execute(update(Accounts).values(suspended_at=site.clock.now()))

    assert (await give(browser, asked, otp=now(browser, secret))).status == 422


@pytest.mark.rule("6.13")
async def test_a_recovery_code_lets_in_once_and_its_owner_is_told(site: Site, ana: Browser) -> None:
    _, recovery = await set_up(ana)
    first, second = site.browser(), site.browser()

    page = await give(first, await sign_in(first, "ana"), recovery=recovery[3].upper())
    again = await give(second, await sign_in(second, "ana"), recovery=recovery[3])

    assert is_in(page)
    assert again.status == 422
    assert "9 recovery codes are left" in (await first.get(PAGE)).words
    assert "a recovery code has been used" in (await site.mails(ADDRESS))[-1]
    assert "9 are left" in (await site.mails(ADDRESS))[-1]


async def test_a_recovery_code_may_be_misread_by_hand(site: Site, ana: Browser) -> None:
    _, recovery = await set_up(ana)
    browser = site.browser()
    typed = recovery[0].replace("o", "0").replace("l", "1").replace("b", "8").replace("-", " ")

    assert is_in(await give(browser, await sign_in(browser, "ana"), recovery=typed))


@pytest.mark.rule("6.13")
async def test_a_password_by_mail_does_not_step_over_the_code(site: Site, ana: Browser) -> None:
    secret, _ = await set_up(ana)
    thief = site.browser()
    await forget(thief, ADDRESS)
    link = await site.link_in_mail(ADDRESS)

    asked = await thief.submit(link, link, password=OTHER)

    assert "The six digits your app is showing" in asked.words
    assert not is_in(await thief.get("/"))
    page = await give(thief, asked, otp=now(thief, secret))
    assert "Password changed" in page.words


@pytest.mark.rule("6.13")
async def test_guesses_end_and_leave_the_owner_a_way_in(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        await add(site, "ana", ADDRESS)
        ana = at(site, "198.51.100.1")
        await sign_in(ana, "ana")
        secret, recovery = await set_up(ana)
        await guess(site, PASSWORD, CODES_BY_ALL)

        owner = at(site, "198.51.100.2")
        asked = await sign_in(owner, "ana")
        stopped = await give(owner, asked, otp=now(owner, secret))
        assert stopped.status == 422
        assert "Someone may know your password" in stopped.words
        assert is_in(await give(owner, asked, recovery=recovery[0]))

        other = at(site, "198.51.100.3")
        await forget(other, ADDRESS)
        link = await site.link_in_mail(ADDRESS)
        asked = await other.submit(link, link, password=OTHER)
        assert is_in(await give(other, asked, otp=now(other, secret)))


async def guess(site: Site, password: str, times: int) -> None:
    """Guess at Ana's code from many networks."""
    for number in range(times):
        guesser = at(site, f"203.0.113.{number}")
        asked = await sign_in(guesser, "ana", password)
        assert "Wrong code" in (await give(guesser, asked, otp="000000")).words


@pytest.mark.rule("6.13")
async def test_who_changes_the_password_by_mail_again_and_again_runs_out_as_well(
    database: Database, clock: GivenClock
) -> None:
    async with serve(database, clock, DOSFED_TRUSTED_PROXIES="127.0.0.1") as site:
        await add(site, "ana", ADDRESS)
        ana = at(site, "198.51.100.1")
        await sign_in(ana, "ana")
        secret, _ = await set_up(ana)
        password, thief = PASSWORD, ana
        for number in range(PASSWORDS_TRIED):
            await guess(site, password, CODES_BY_ALL)
            thief, password = at(site, f"192.0.2.{number}"), f"{number} words of a thief"
            await forget(thief, ADDRESS)
            link = await site.link_in_mail(ADDRESS)
            await thief.submit(link, link, password=password)
            site.clock.advance(hours=1)

        asked = await sign_in(thief, "ana", password)
        stopped = await give(thief, asked, otp=now(thief, secret))

        assert stopped.status == 422
        assert "Too many wrong codes" in stopped.words


@pytest.mark.rule("6.13")
async def test_one_client_makes_ten_attempts(site: Site, ana: Browser) -> None:
    secret, _ = await set_up(ana)
    browser = site.browser()
    asked = await sign_in(browser, "ana")
    for _ in range(10):
        await give(browser, asked, otp="000000")

    assert "Too many attempts" in (await give(browser, asked, otp=now(browser, secret))).words


@pytest.mark.rule("6.13")
async def test_setting_it_up_ends_the_other_sessions_and_links_and_is_told(
    site: Site, ana: Browser
) -> None:
    other = site.browser()
    await sign_in(other, "ana")
    user = site.house.instance.citizen("ana")
    async with site.database.write() as connection:
        link = await issue_link(connection, user, at=site.clock.now(), base_url=site.base_url)
        before = list((await connection.execute(select(Sessions.digest))).scalars())

    await set_up(ana)

    assert not is_in(await other.get("/"))
    assert (await site.browser().get(link)).status == 410
    assert is_in(await ana.get("/"))
    async with site.database.read() as connection:
        [digest] = (await connection.execute(select(Sessions.digest))).scalars()
    assert digest not in before
    assert "two-step sign-in is on" in (await site.mails(ADDRESS))[-1]


@pytest.mark.rule("6.8")
async def test_setting_it_up_takes_the_password_and_a_code(site: Site, ana: Browser) -> None:
    secret, setup = secret_on(await ana.get(PAGE))
    code = code_at(secret, site.clock.now())

    without = await ana.submit(PAGE, PAGE, setup=setup, otp=code, current="a wrong password")
    assert without.status == 422
    assert "Wrong password" in without.words
    wrong = await ana.submit(PAGE, PAGE, setup=setup, otp="000000", current=PASSWORD)
    assert wrong.status == 422
    assert secret_on(wrong) == (secret, setup)
    assert is_in(await sign_in(site.browser(), "ana"))


async def test_nobody_sets_up_what_another_was_shown(site: Site, ana: Browser) -> None:
    luc = await site.signed_in("luc")
    secret, setup = secret_on(await luc.get(PAGE))

    code = code_at(secret, site.clock.now())
    await ana.submit(PAGE, PAGE, setup=setup, otp=code, current=PASSWORD)

    async with site.database.read() as connection:
        assert (await connection.execute(select(SecondFactors.user))).first() is None


async def test_a_page_that_shows_secrets_is_kept_nowhere(ana: Browser) -> None:
    page = await ana.get(PAGE)

    secret, _ = secret_on(page)
    [link] = re.findall(r'href="(otpauth://[^"]+)"', page.text)
    host = ana.site.house.instance.host.replace(":", "%20")
    assert unescape(link).startswith(f"otpauth://totp/{host}:ana@{host}?secret={secret}&issuer=")
    assert page.headers["cache-control"] == "no-store"


async def test_what_is_kept_is_sealed_and_hashed(site: Site, ana: Browser) -> None:
    secret, recovery = await set_up(ana)

    async with site.database.read() as connection:
        factor = (await connection.execute(select(SecondFactors.secret))).scalar_one()
        digests = (await connection.execute(select(RecoveryCodes.digest))).scalars().all()
    assert secret.encode() not in factor
    assert site.app[VAULT].open(factor) == secret
    assert len(digests) == 10
    for code in recovery:
        assert code.replace("-", "").encode() not in b" ".join(digests)


async def test_a_lost_key_leaves_the_recovery_codes(site: Site, ana: Browser) -> None:
    secret, recovery = await set_up(ana)
    other = Vault(replace(site.app[SETTINGS], secret_key=Fernet.generate_key()))
    async with site.database.write() as connection:
        await connection.execute(update(SecondFactors).values(secret=other.seal(secret)))
    browser = site.browser()
    asked = await sign_in(browser, "ana")

    lost = await give(browser, asked, otp=now(browser, secret))
    assert lost.status == 422
    assert "lost the key to your codes" in lost.words
    assert is_in(await give(browser, asked, recovery=recovery[0]))


@pytest.mark.rule("6.13")
async def test_removing_it_takes_the_password_and_is_told(site: Site, ana: Browser) -> None:
    await set_up(ana)
    other = site.browser()
    refused = await ana.submit(PAGE, f"{PAGE}/remove", current="a wrong password")
    assert refused.status == 422
    assert "Wrong password" in refused.words

    removed = await ana.submit(PAGE, f"{PAGE}/remove", current=PASSWORD)

    assert "your password is enough to sign in" in removed.words
    assert is_in(await sign_in(other, "ana"))
    assert "two-step sign-in is off" in (await site.mails(ADDRESS))[-1]
    async with site.database.read() as connection:
        assert (await connection.execute(select(RecoveryCodes.user))).first() is None


async def test_without_a_password_a_code_removes_it(site: Site) -> None:
    luc = await site.signed_in("luc")
    secret, _ = await set_up(luc)
    assert (await luc.submit(PAGE, f"{PAGE}/remove", otp="000000")).status == 422

    removed = await luc.submit(PAGE, f"{PAGE}/remove", otp=now(luc, secret))

    assert "your password is enough to sign in" in removed.words


async def test_new_recovery_codes_take_the_place_of_the_old(site: Site, ana: Browser) -> None:
    _, old = await set_up(ana)
    page = await ana.submit(PAGE, f"{PAGE}/codes", current=PASSWORD)
    new = RECOVERY.findall(page.text)
    browser = site.browser()
    asked = await sign_in(browser, "ana")

    assert page.headers["cache-control"] == "no-store"
    assert len({*old, *new}) == 20
    assert (await give(browser, asked, recovery=old[0])).status == 422
    assert is_in(await give(browser, asked, recovery=new[0]))


async def test_another_phone_takes_the_place_of_the_first(site: Site, ana: Browser) -> None:
    old, _ = await set_up(ana)
    site.clock.advance(seconds=60)
    new, _ = await set_up(ana, path=f"{PAGE}?new=1")
    browser = site.browser()
    asked = await sign_in(browser, "ana")

    assert (await give(browser, asked, otp=now(browser, old))).status == 422
    assert is_in(await give(browser, asked, otp=now(browser, new)))


@pytest.mark.rule("6.13")
async def test_an_operator_s_link_is_the_way_back_in(site: Site, ana: Browser) -> None:
    old, _ = await set_up(ana)
    back, user = site.browser(), site.house.instance.citizen("ana")
    async with site.database.write() as connection:
        link = await issue_link(connection, user, at=site.clock.now(), base_url=site.base_url)

    assert is_in(await back.get(link))
    page = await back.get(PAGE)
    assert "You signed in with a link, without a code" in page.words
    wrong = await back.submit(PAGE, f"{PAGE}/prove", otp="000000")
    assert wrong.status == 422
    proven = await back.submit(PAGE, f"{PAGE}/prove", otp=now(back, old), return_to="/notices")
    assert proven.url.endswith("/notices")
    assert "You signed in with a link" not in (await back.get(PAGE)).words


async def test_who_came_by_a_link_sets_up_another_phone_without_the_password(
    site: Site, ana: Browser
) -> None:
    await set_up(ana)
    back, user = site.browser(), site.house.instance.citizen("ana")
    async with site.database.write() as connection:
        link = await issue_link(connection, user, at=site.clock.now(), base_url=site.base_url)
    await back.get(link)

    new, _ = await set_up(back, path=f"{PAGE}?new=1", current="")

    assert not is_in(await ana.get("/"))
    other = site.browser()
    assert is_in(await give(other, await sign_in(other, "ana"), otp=now(other, new)))


async def test_a_session_without_a_code_puts_no_other_phone_in_its_place(
    site: Site, ana: Browser
) -> None:
    secret, setup = secret_on(await ana.get(PAGE))
    await set_up(ana)
    async with site.database.write() as connection:
        await connection.execute(update(Sessions).values(proof=None))
    code = code_at(secret, site.clock.now())

    refused = await ana.submit(PAGE, f"{PAGE}?new=1", setup=setup, otp=code, current=PASSWORD)

    assert refused.status == 422
    assert SETUP.search((await ana.get(f"{PAGE}?new=1")).text) is None


async def test_a_new_password_keeps_what_was_proven(site: Site, ana: Browser) -> None:
    await set_up(ana)

    await ana.submit("/account", "/account/password", current=PASSWORD, password=OTHER)

    async with site.database.read() as connection:
        assert (await connection.execute(select(Sessions.proof))).scalars().all() == ["code"]


async def test_a_file_of_one_s_data_says_when_and_holds_no_secret(ana: Browser) -> None:
    secret, recovery = await set_up(ana)

    text = (await ana.get("/account/export")).text

    assert '"second_factor"' in text
    for kept in (secret, *(code.replace("-", "") for code in recovery), "gAAAA"):
        assert kept not in text


async def test_no_code_shows_where_a_form_is_too_old(site: Site, ana: Browser) -> None:
    await set_up(ana)
    browser = site.browser()
    await sign_in(browser, "ana")

    page = await browser.post("/sign-in/code", [("csrf", "x"), ("otp", "123456"), ("ticket", "t")])

    assert page.status == 403
    assert "123456" not in page.text


def test_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B: the last six of its eight digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")):
        moment = START.fromtimestamp(seconds, START.tzinfo)
        assert code_at(secret, moment) == code
        assert step_of(secret, code, moment) == seconds // 30


def test_secrets_are_long_and_never_the_same() -> None:
    assert len({new_secret() for _ in range(50)}) == 50
    assert all(re.fullmatch("[A-Z2-7]{32}", new_secret()) for _ in range(50))
