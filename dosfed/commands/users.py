"""`dosfed user`: accounts, with the links that open a session or invite somebody."""

from dataclasses import replace

from dosfed.accounts import factors, invitations
from dosfed.accounts.addresses import BadAddress, read_address
from dosfed.accounts.mails import put_mail
from dosfed.accounts.people import load_account
from dosfed.accounts.rules import Unfit
from dosfed.accounts.site import load_site
from dosfed.activitypub.actors import BadName
from dosfed.activitypub.writing import rfc3339
from dosfed.acts.memberships import Member, find_user, join, propose
from dosfed.acts.opening import open_instance
from dosfed.commands import Lines
from dosfed.deliberation.model import Role
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.web.accounts.letters import Letter, Written, compose
from dosfed.web.assets import load_assets
from dosfed.web.rendering import Templates
from dosfed.web.session import issue_link


async def add(settings: Settings, clock: Clock, *, member: Member) -> Lines:
    """Give a person an account; an address is taken as theirs on the operator's word.

    Without a handle, one is made of the name that they are shown with.
    """
    try:
        address = None if member.email is None else read_address(member.email)
    except BadAddress as error:
        raise BadAddress(f"--email: nothing can be sent to {member.email!a}") from error
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        site = await load_site(connection, opened.house.instance.host)
        handle = member.name or await propose(connection, member.display)
        person = replace(member, name=handle, email=address, language=site.language)
        try:
            user = await join(connection, person, opened.house, at=at)
        except Unfit as unfit:
            shown = f"--display: {member.display!a} cannot be shown"
            raise BadName(f"{shown}: {unfit.flaw}") from unfit
        link = await issue_link(connection, user, at=at, base_url=settings.base_url)
    return [{"kind": "user", "id": user, "sign_in": link}]


async def link(settings: Settings, clock: Clock, *, name: str) -> Lines:
    """Let a person with an account sign in again."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        user = await find_user(connection, name)
        link = await issue_link(connection, user, at=at, base_url=settings.base_url)
    return [{"kind": "user", "id": user, "sign_in": link}]


async def remove_factor(settings: Settings, clock: Clock, *, name: str) -> Lines:
    """Let a person sign in by their password alone again; they are written so."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        user = await find_user(connection, name)
        await factors.hold(connection, user)
        had_one = await factors.drop_factor(connection, user)
        account = await load_account(connection, user)
        if had_one and account is not None and account.email is not None and settings.sends_mail:
            instance = opened.house.instance
            written = Written(
                letter=Letter.FACTOR_REMOVED,
                to=account.email,
                language=account.language,
                path="/forgot",
            )
            site = await load_site(connection, instance.host)
            templates = Templates(settings, instance, load_assets())
            await put_mail(connection, compose(templates, settings, site, written), at=at)
    return [{"kind": "user", "id": user, "removed": had_one}]


async def invite(settings: Settings, clock: Clock, *, role: Role, note: str) -> Lines:
    """Let one person sign up, with a role."""
    async with open_instance(settings, clock) as opened, opened.database.write() as connection:
        at = await clock.stamp(connection)
        granted = invitations.Granted(role=role.value, consultation=None)
        token = await invitations.invite(connection, granted, note=note, invited_by="", at=at)
    return [
        {
            "kind": "invitation",
            "role": role.value,
            "link": f"{settings.base_url}/invitation/{token}",
            "expires": rfc3339(at + invitations.LIFETIME),
        }
    ]
