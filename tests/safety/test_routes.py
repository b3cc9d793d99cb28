"""The list of all routes, on which other tests rely."""

import io
import json

from django.core.management import call_command
from django.urls import resolve
from django.utils import translation

from ssc_portal.management.commands.routes import routes

SUBMISSION_MOVES = ["answer", "comments", "detail", "endorse", "file-detail", "file-list", "list", "send-back"]
SUBMISSION_MOVES += ["submit", "withdraw"]
REVIEW_MOVES = [
    "claim",
    "join",
    "release",
    "reassign",
    "own",
    "file",
    "requests",
    "close-request",
    "comments",
    "letter",
]
REVIEW_MOVES += ["request-changes", "publish", "decline", "retractions"]
WEBHOOK_MOVES = ["list", "detail", "secret", "test", "delivery-again"]
_OF_BOTH = ["list", "detail", "send", "endorse", "send-back", "close"]
OWN_MOVES = {"offer": [*_OF_BOTH, "pause", "resume"], "need": [*_OF_BOTH, "withdraw", "join", "leave", "volunteer"]}


def test_the_list_is_json_with_one_row_for_each_route():
    output = io.StringIO()
    call_command("routes", "--json", stdout=output)

    rows = json.loads(output.getvalue())
    assert rows == list(routes())
    assert len({(row["pattern"], row["name"]) for row in rows}) == len(rows)
    assert all(row["methods"] and row["view"] and row["pattern"].startswith("/") for row in rows)


def test_a_row_says_where_what_and_how():
    rows = {row["name"]: row for row in routes()}

    assert rows["healthz"] == {
        "pattern": "/healthz",
        "name": "healthz",
        "methods": ["GET", "HEAD"],
        "view": "ssc_portal.health.healthz",
        "has_languages": False,
    }
    assert rows["account_login"] == {
        "pattern": "/accounts/login/",
        "name": "account_login",
        "methods": ["GET", "HEAD", "POST", "PUT"],
        "view": "accounts.views.SignIn",
        "has_languages": True,
    }
    assert rows["practices:detail"]["has_languages"] is True
    assert rows["practices:detail"]["pattern"] == "/practices/<slug:slug>/"
    assert rows["practices:cite"]["has_languages"] is False


def test_the_list_names_every_address_that_is_looked_up():
    listed = {row["name"] for row in routes()}

    with translation.override("en"):
        for address in ("/", "/practices/", "/countries/", "/about/", "/readyz", "/api/v1/practices/", "/desk/"):
            match = resolve(address)
            assert match.view_name in listed


def test_of_the_sign_in_package_no_more_than_is_wanted_is_routed():
    accounts = {row["pattern"] for row in routes() if row["pattern"].startswith("/accounts/")}

    assert accounts == {
        "/accounts/address/<token>/",
        "/accounts/again/",
        "/accounts/again/code/",
        "/accounts/again/passkey/",
        "/accounts/applications/",
        "/accounts/applications/<int:pk>/decide/",
        "/accounts/apply/",
        "/accounts/apply/<token>/",
        "/accounts/apply/sent/",
        "/accounts/elsewhere/<provider_id>/callback/",
        "/accounts/elsewhere/<provider_id>/login/",
        "/accounts/invitation/<token>/",
        "/accounts/invitations/",
        "/accounts/invitations/<int:pk>/revoke/",
        "/accounts/keys/",
        "/accounts/keys/<int:pk>/replace/",
        "/accounts/keys/<int:pk>/revoke/",
        "/accounts/keys/new/",
        "/accounts/login/",
        "/accounts/login/code/",
        "/accounts/login/passkey/",
        "/accounts/logout/",
        "/accounts/notifications/",
        "/accounts/notifications/<int:pk>/",
        "/accounts/notifications/read/",
        "/accounts/password/forgotten/",
        "/accounts/password/forgotten/sent/",
        "/accounts/password/new/<uidb36>/<key>/",
        "/accounts/password/new/done/",
        "/accounts/privacy/",
        "/accounts/privacy/erase/",
        "/accounts/privacy/export/",
        "/accounts/security/",
        "/accounts/security/address/",
        "/accounts/security/app/",
        "/accounts/security/app/remove/",
        "/accounts/security/passkeys/<int:pk>/remove/",
        "/accounts/security/passkeys/add/",
        "/accounts/security/password/",
        "/accounts/security/recovery-codes/",
        "/accounts/security/sessions/end/",
        "/accounts/notifications/settings/",
        "/accounts/unsubscribe/<str:token>/",
        "/accounts/webhooks/",
        "/accounts/webhooks/<int:pk>/",
        "/accounts/webhooks/<int:pk>/change/",
    }


def test_what_is_read_takes_no_other_method():
    writing = {row["name"] for row in routes() if set(row["methods"]) - {"GET", "HEAD"}}

    assert {name for name in writing if name and not name.startswith("admin:")} == {
        "account_change_password",
        "account-erase",
        "account-export",
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_reset_password",
        "account_reset_password_from_key",
        "apply",
        "assistance:act-amendment",
        "assistance:act-exchange",
        "assistance:act-match",
        "assistance:act-matches",
        "assistance:act-need",
        "assistance:act-offer",
        "assistance:amendment",
        "assistance:calendar",
        "assistance:edit-call",
        "assistance:edit-contribution",
        "assistance:edit-exchange-contribution",
        "assistance:edit-fund",
        "assistance:edit-need",
        "assistance:edit-offer",
        "assistance:edit-project",
        "assistance:edit-row",
        "assistance:exchange-part",
        "assistance:new-call",
        "assistance:new-contribution",
        "assistance:new-exchange",
        "assistance:new-exchange-contribution",
        "assistance:new-fund",
        "assistance:new-need",
        "assistance:new-offer",
        "assistance:new-project",
        "change-address",
        "change-webhook",
        "confirm-address",
        "confirm-application",
        "countries:contact",
        "decide-application",
        "end-sessions",
        "invitation",
        "invitations",
        "make-key",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_authenticate",
        "mfa_deactivate_totp",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "openid_connect_login",
        "notification-settings",
        "read-notifications",
        "recovery-codes",
        "replace-key",
        "review:act",
        "review:decide-adoption",
        "review:retract",
        "revoke-invitation",
        "revoke-key",
        "send-again",
        "unsubscribe",
        "webhook",
        "webhooks",
        "workspace:act",
        "workspace:act-file",
        "workspace:adopt",
        "workspace:consent",
        "workspace:file",
        "workspace:files",
        "workspace:import",
        "workspace:import-check",
        "workspace:new",
        "workspace:step",
        "practices:oai",
        *(f"api:submission-{move}" for move in SUBMISSION_MOVES),
        *(f"api:review-{move}" for move in REVIEW_MOVES),
        *(f"api:own-{kind}-{move}" for kind, moves in OWN_MOVES.items() for move in moves),
        *(f"api:webhook-{move}" for move in WEBHOOK_MOVES),
        "api:match-accept",
        "api:match-decline",
    }
