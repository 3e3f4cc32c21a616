"""Blocks: made, lifted, read from a list and written as one."""

from typing import Any

import pytest
from sqlalchemy import func, insert, select

from dosfed.accounts.tables import FediverseAccounts, Sessions
from dosfed.activitypub import outbox
from dosfed.activitypub.blocks import BLOCKLIST, block_all, list_blocks
from dosfed.activitypub.remote import RemoteActor, remember
from dosfed.activitypub.tables import Deliveries, Destinations, Followers
from dosfed.acts import blocking
from dosfed.deliberation.model import Refusal, Refused, Role
from dosfed.web.session import open_session
from tests.conftest import START
from tests.web.site import Answer, Browser, Site

BO = "https://bad.example/users/bo"
LIST = b"""\
#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
worse.example,suspend,true,true,"spam, ""and"" more",false
loud.example,silence,false,false,,false
bad.example,suspend,true,true,again,false
"""


@pytest.fixture
async def moderator(site: Site) -> Browser:
    """The browser of a moderator."""
    return await site.signed_in("mod", Role.MODERATOR)


async def add(moderator: Browser, target: str, reason: str = "spam") -> Answer:
    return await moderator.submit("/admin/blocks", "/admin/blocks", target=target, reason=reason)


async def targets(site: Site) -> dict[str, str]:
    async with site.database.read() as connection:
        return {block.target: block.reason for block in await list_blocks(connection)}


async def test_a_block_counts_at_once_and_is_lifted(site: Site, moderator: Browser) -> None:
    made = await add(moderator, " *.Bad.Example. ", "floods us")

    assert "Blocked." in made.words
    assert "floods us" in made.words
    assert site.app[BLOCKLIST].is_blocked(BO)
    for _ in range(2):  # to lift it twice is no error
        lifted = await moderator.submit("/admin/blocks", "/admin/blocks/lift", target="bad.example")
        assert "The block has been removed." in lifted.words
    assert not site.app[BLOCKLIST].is_blocked(BO)


@pytest.mark.rule("5.7")
async def test_what_waits_for_a_blocked_server_is_dropped(site: Site, moderator: Browser) -> None:
    inboxes = [f"https://{host}/inbox" for host in ("bad.example", "a.bad.example", "ok.example")]
    activity: dict[str, Any] = {
        "id": f"{site.base_url}/activities/1",
        "type": "Accept",
        "actor": site.base_url,
    }
    async with site.database.write() as connection:
        await outbox.put(connection, activity, at=START, inboxes=inboxes)

    await add(moderator, "bad.example")
    async with site.database.write() as connection:
        later = activity | {"id": f"{site.base_url}/activities/2"}
        await outbox.put(connection, later, at=START, inboxes=inboxes)

    async with site.database.read() as connection:
        waiting = await connection.execute(
            select(Deliveries.host, func.count())
            .where(Deliveries.finished_at.is_(None))
            .group_by(Deliveries.host)
        )
        assert [tuple(row) for row in waiting] == [("ok.example", 2)]
        asleep = await connection.execute(select(Destinations.host).where(~Destinations.is_waiting))
        assert set(asleep.scalars()) == {"bad.example", "a.bad.example"}


@pytest.mark.rule("5.7")
async def test_who_is_blocked_follows_nobody_and_is_signed_out(
    site: Site, moderator: Browser
) -> None:
    async with site.database.write() as connection:
        for actor in (BO, "https://ok.example/users/al"):
            host = actor.split("/")[2]
            await connection.execute(
                insert(Followers).values(
                    actor=site.house.instance.actor,
                    follower=actor,
                    follow_id=f"{actor}/f",
                    host=host,
                    inbox=f"{actor}/inbox",
                    since=START,
                )
            )
            await connection.execute(
                insert(FediverseAccounts).values(
                    actor=actor,
                    host=host,
                    handle=f"@x@{host}",
                    language="en",
                    scope="read",
                    signed_in_at=START,
                )
            )
            await open_session(connection, actor, at=START, proof=None)

    await add(moderator, "bad.example")

    async with site.database.read() as connection:
        followers = await connection.execute(select(Followers.follower))
        assert list(followers.scalars()) == ["https://ok.example/users/al"]
        sessions = await connection.execute(select(Sessions.user))
        assert BO not in set(sessions.scalars())


async def test_an_account_is_blocked_by_the_handle_it_is_known_by(
    site: Site, moderator: Browser
) -> None:
    known = RemoteActor(
        id=BO,
        host="bad.example",
        type="Person",
        handle="bo",
        name="Bo",
        url=None,
        inbox=f"{BO}/inbox",
        shared_inbox=None,
    )
    async with site.database.write() as connection:
        await remember(connection, known, START)

    await add(moderator, "@bo@bad.example")

    assert list(await targets(site)) == [BO]
    assert (await add(moderator, "@unknown@bad.example")).status == 422


@pytest.mark.rule("5.7")
async def test_what_cannot_be_blocked_is_said_beside_the_field(
    site: Site, moderator: Browser
) -> None:
    here = site.house.instance.host
    for target in ("", "com", here, f"http://{here}/u/zoe", "no name", "javascript:x", "\u202e.x"):
        refused = await add(moderator, target)

        assert refused.status == 422, target
        assert 'id="target-error"' in refused.text
    too_long = await add(moderator, "bad.example", "x" * 1_001)
    assert 'id="reason-error"' in too_long.text
    assert 'value="bad.example"' in too_long.text
    assert await targets(site) == {}


async def test_a_list_is_shown_before_it_counts(site: Site, moderator: Browser) -> None:
    await add(moderator, "bad.example")

    shown = await moderator.upload("/admin/blocks", "/admin/blocks/import", "file", LIST)
    assert "1 server would be blocked." in shown.words
    assert "Already blocked" in shown.words
    assert "Only limited or annotated there" in shown.words
    assert list(await targets(site)) == ["bad.example"]

    typed = shown.text.partition("readonly>")[2].partition("</textarea>")[0]
    typed = typed.replace("&#34;", '"').replace("&quot;", '"')
    done = await moderator.submit("/admin/blocks", "/admin/blocks/import/confirm", list=typed)

    assert "Blocked." in done.words
    assert (await targets(site))["worse.example"] == 'spam, "and" more'
    assert (await targets(site))["bad.example"] == "spam"


async def test_what_is_no_list_is_said_beside_the_field(site: Site, moderator: Browser) -> None:
    for body in (b"", b"\xff\xfe\x00", b"\n\n", b"a" * 200_000):
        refused = await moderator.upload("/admin/blocks", "/admin/blocks/import", "file", body)

        assert refused.status == 422, body[:10]
        assert 'id="file-error"' in refused.text
    assert await targets(site) == {}


async def test_the_list_is_written_as_mastodon_reads_it(moderator: Browser) -> None:
    await add(moderator, "bad.example", 'he said "no", twice')
    await add(moderator, BO)

    file = await moderator.get("/admin/blocks.csv")

    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    assert "no-store" in file.headers["cache-control"]
    assert file.text.splitlines()[1:] == [
        'bad.example,suspend,true,true,"he said ""no"", twice",false'
    ]


async def test_many_blocks_are_paged_and_searched(site: Site, moderator: Browser) -> None:
    async with site.database.write() as connection:
        await block_all(
            connection, {f"s{number}.example": "<b>spam</b>" for number in range(250)}, START
        )

    first = await moderator.get("/admin/blocks")
    last = await moderator.get("/admin/blocks?page=99")
    found = await moderator.get("/admin/blocks?q=S42.")

    assert "250 blocks" in first.words
    assert "Page 1 of 3" in first.words
    assert "Page 3 of 3" in last.words
    assert "1 block " in found.words
    assert "<b>spam</b>" not in found.text
    assert len(first.text) < 60_000


async def test_a_report_s_link_fills_in_whom_to_block(moderator: Browser) -> None:
    page = await moderator.get(f'/admin/blocks?target={BO}"><script>')

    assert f'value="{BO}&#34;&gt;&lt;script&gt;"' in page.text


@pytest.mark.rule("5.1")
async def test_the_door_looks_at_the_role_itself(site: Site) -> None:
    await site.signed_in("zoe")
    zoe = site.house.instance.citizen("zoe")

    async with site.database.write() as connection:
        for act in (
            blocking.block(connection, {"bad.example": ""}, by=zoe, here="x", at=START),
            blocking.lift(connection, "bad.example", by=zoe),
        ):
            with pytest.raises(Refused) as refused:
                await act
            assert refused.value.refusal is Refusal.NOT_ALLOWED
