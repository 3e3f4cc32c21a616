"""The paths of the team's pages."""

from aiohttp import web

from dosfed.accounts.site import TextPage
from dosfed.web.admin import (
    blocks,
    contests,
    front,
    health,
    instance,
    overview,
    people,
    reports,
    steps,
    texts,
    waiting,
)
from dosfed.web.drafting import previews, views
from dosfed.web.drafting.fields import STEPS
from dosfed.web.forms import leave_form
from dosfed.web.languages import LANGUAGES

TEXT = f"{{page:{'|'.join(TextPage)}}}/{{language:{'|'.join(LANGUAGES)}}}"
DRAFT = "/admin/consultations/{draft:[a-z0-9]{16}}"
STEP = f"{{step:{'|'.join(step.word for step in STEPS)}}}"
NUMBER = "{number:[0-9]{1,3}}"
REPORT = "{report:[0-9]{1,18}}"


def add_routes(router: web.UrlDispatcher) -> None:
    """Add the pages and forms of moderators and operators."""
    router.add_get("/admin", overview.show)
    router.add_post("/admin/steps", steps.dismiss)
    router.add_get("/admin/site", instance.show)
    router.add_post("/admin/site", instance.save)
    router.add_post("/admin/site/logo", instance.save_logo)
    router.add_post("/admin/site/logo/remove", instance.remove_logo)
    router.add_get("/admin/home", front.show)
    router.add_post("/admin/home", front.save)
    router.add_post("/admin/home/picture", front.save_picture)
    router.add_post("/admin/home/picture/remove", front.remove_picture)
    router.add_get("/admin/languages", instance.show_languages)
    router.add_post("/admin/languages", instance.save_languages)
    router.add_get("/admin/texts", texts.show_all)
    router.add_get(f"/admin/texts/{TEXT}", texts.show)
    router.add_post(f"/admin/texts/{TEXT}", texts.save)
    router.add_get("/admin/people", people.show)
    router.add_post("/admin/people", people.change)
    router.add_get("/admin/invitations", people.show_invitations)
    router.add_post("/admin/invitations", people.invite)
    router.add_post("/admin/invitations/withdraw", people.withdraw)
    router.add_get("/admin/blocks", blocks.show)
    router.add_post("/admin/blocks", blocks.add)
    router.add_get("/admin/blocks.csv", blocks.export)
    router.add_post("/admin/blocks/lift", blocks.lift)
    router.add_post("/admin/blocks/import", blocks.preview)
    router.add_post("/admin/blocks/import/confirm", blocks.import_)
    router.add_get("/admin/reports", reports.show)
    router.add_post(f"/admin/reports/{REPORT}", reports.answer)
    router.add_get("/admin/contests", contests.show)
    router.add_post("/admin/contests/{decision:[0-9]{1,18}}", contests.decide)
    router.add_get("/admin/waiting", waiting.show)
    router.add_post("/admin/waiting", waiting.decide)
    router.add_get("/admin/hide", reports.show_object)
    router.add_post("/admin/hide", reports.hide)
    router.add_get("/admin/deliveries", health.show_deliveries)
    router.add_post("/admin/deliveries", health.retry)
    router.add_get("/admin/mail", health.show_mail)
    router.add_post("/admin/mail", health.test_mail)
    _add_drafting(router)


def _add_drafting(router: web.UrlDispatcher) -> None:
    """Add the pages on which organisers make consultations."""
    router.add_get("/admin/consultations", views.show_list)
    router.add_post("/admin/consultations", views.begin)
    router.add_get(f"{DRAFT}/{STEP}", views.show_step)
    router.add_post(f"{DRAFT}/{STEP}", views.save_step)
    router.add_get(f"{DRAFT}/proposals", views.show_proposals)
    router.add_post(f"{DRAFT}/proposals", views.arrange)
    router.add_get(f"{DRAFT}/proposals/{NUMBER}", views.show_proposal)
    router.add_post(f"{DRAFT}/proposals/{NUMBER}", views.save_proposal)
    router.add_get(f"{DRAFT}/review", views.show_review)
    router.add_post(f"{DRAFT}/publish", views.publish)
    router.add_post(f"{DRAFT}/preview", views.preview)
    router.add_get(f"{DRAFT}/{{form:publish|preview}}", leave_form)
    router.add_get(f"{DRAFT}/delete", views.show_delete)
    router.add_post(f"{DRAFT}/delete", views.delete)
    router.add_get("/preview/{token:[A-Za-z0-9_-]{20,64}}", previews.show, allow_head=False)
