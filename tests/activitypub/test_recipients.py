"""Where an activity goes: shared inboxes, servers that read groups, voters' servers."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import recipients
from dosfed.activitypub.tables import Destinations, Followers, RemoteActors
from dosfed.storage.engine import Database
from tests.conftest import START

GROUP = "https://delib.example/c/quais"
SERVICE = "https://delib.example/o/mairie"


async def add_follower(
    connection: AsyncConnection, actor: str, follower: str, *, is_shared: bool
) -> None:
    host = follower.split("/")[2]
    await connection.execute(
        insert(Followers).values(
            actor=actor,
            follower=follower,
            follow_id=f"{follower}#follow",
            host=host,
            inbox=f"{follower}/inbox",
            shared_inbox=f"https://{host}/inbox" if is_shared else None,
            since=START,
        )
    )


async def add_software(connection: AsyncConnection, host: str, software: str | None) -> None:
    await connection.execute(
        insert(Destinations).values(
            host=host, is_waiting=False, next_at=START, failures=0, software=software
        )
    )


async def add_actor(
    connection: AsyncConnection, uri: str, *, is_shared: bool, is_gone: bool = False
) -> None:
    host = uri.split("/")[2]
    await connection.execute(
        insert(RemoteActors).values(
            id=uri,
            host=host,
            type="Person",
            handle="x",
            name="X",
            inbox=f"{uri}/inbox",
            shared_inbox=f"https://{host}/inbox" if is_shared else None,
            fetched_at=START,
            gone_at=START if is_gone else None,
        )
    )


async def test_followers_of_one_server_share_one_inbox(database: Database) -> None:
    async with database.write() as connection:
        await add_follower(connection, GROUP, "https://masto.example/users/a", is_shared=True)
        await add_follower(connection, GROUP, "https://masto.example/users/b", is_shared=True)
        await add_follower(connection, SERVICE, "https://masto.example/users/b", is_shared=True)
        await add_follower(connection, SERVICE, "https://gts.example/users/c", is_shared=False)
        await add_follower(
            connection, "https://delib.example/c/x", "https://z.example/u/z", is_shared=True
        )
        found = await recipients.follower_inboxes(connection, [GROUP, SERVICE])
    assert found == {"https://masto.example/inbox", "https://gts.example/users/c/inbox"}


async def test_only_servers_known_to_read_groups_get_wrapped_activities(
    database: Database,
) -> None:
    async with database.write() as connection:
        for name in ("masto", "lemmy", "unknown", "new"):
            await add_follower(connection, GROUP, f"https://{name}.example/u/a", is_shared=True)
        await add_software(connection, "masto.example", "mastodon")
        await add_software(connection, "lemmy.example", "lemmy")
        await add_software(connection, "unknown.example", None)
        following = (await recipients.followings(connection, [GROUP]))[GROUP]
    assert len(following.everybody) == 4
    assert following.readers == {"https://lemmy.example/inbox"}


async def test_a_server_is_reached_by_its_shared_inbox_or_else_by_anybody_there(
    database: Database,
) -> None:
    async with database.write() as connection:
        await add_actor(connection, "https://masto.example/users/a", is_shared=False)
        await add_actor(connection, "https://masto.example/users/b", is_shared=True)
        await add_actor(connection, "https://gts.example/users/c", is_shared=False)
        await add_actor(connection, "https://gone.example/users/d", is_shared=True, is_gone=True)
        await add_actor(connection, "https://other.example/users/e", is_shared=True)
        hosts = {"masto.example", "gts.example", "gone.example", "never.example"}
        found = await recipients.inboxes_of_hosts(connection, hosts)
        assert await recipients.inboxes_of_hosts(connection, set()) == set()
    assert found == {"https://masto.example/inbox", "https://gts.example/users/c/inbox"}


async def test_many_servers_are_found_in_few_statements(database: Database) -> None:
    hosts = {f"h{number}.example" for number in range(1_100)}
    async with database.write() as connection:
        for host in list(hosts)[:3]:
            await add_actor(connection, f"https://{host}/users/a", is_shared=True)
        assert len(await recipients.inboxes_of_hosts(connection, hosts)) == 3


async def test_an_actor_is_reached_alone_at_its_own_inbox(database: Database) -> None:
    ana = "https://masto.example/users/ana"
    gone = "https://masto.example/users/gone"
    async with database.write() as connection:
        await add_actor(connection, ana, is_shared=True)
        await add_actor(connection, gone, is_shared=True, is_gone=True)
        assert await recipients.inbox_of(connection, ana) == f"{ana}/inbox"
        assert await recipients.inbox_of(connection, gone) is None
        assert await recipients.inbox_of(connection, f"{ana}x") is None
