"""Accounts at the command line."""

from dataclasses import replace

from sqlalchemy import select

from dosfed.accounts.codes import code_at, new_recovery_codes, new_secret
from dosfed.accounts.factors import find_factor, keep_factor, keep_recovery_codes
from dosfed.accounts.secrets import Vault
from dosfed.accounts.tables import Mails
from dosfed.acts.memberships import Member
from dosfed.acts.opening import open_instance
from dosfed.commands import users
from dosfed.deliberation.model import Role
from dosfed.settings import Settings
from tests.conftest import GivenClock

ADDRESS = "ana@example.org"


async def test_a_second_factor_is_removed_once_and_its_owner_told(
    settings: Settings, clock: GivenClock
) -> None:
    settings = replace(settings, keeps_mails=True)
    member = Member(name="ana", display="", role=Role.OPERATOR, email=ADDRESS)
    await users.add(settings, clock, member=member)
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        user, secret = opened.house.instance.citizen("ana"), new_secret()
        assert code_at(secret, clock.now())
        sealed = Vault(settings).seal(secret)
        await keep_factor(connection, user, sealed, step=0, at=clock.now())
        await keep_recovery_codes(connection, user, new_recovery_codes())

    [first] = await users.remove_factor(settings, clock, name="ana")
    [second] = await users.remove_factor(settings, clock, name="ana")

    assert (first["removed"], second["removed"]) == (True, False)
    async with open_instance(settings, clock) as opened, opened.database.read() as connection:
        assert await find_factor(connection, user) is None
        mails = (await connection.execute(select(Mails.recipient, Mails.subject))).all()
    assert [tuple(mail) for mail in mails] == [(ADDRESS, "delib.example: two-step sign-in is off")]
