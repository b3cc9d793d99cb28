"""A passkey, set up and shown in a real browser whose authenticator is a virtual one."""

from urllib.parse import urlsplit

from accounts import second_factor
from accounts.enums import AuditAction, Role
from accounts.models import AuditEvent, SignIn, User
from tests.people import PASSWORD, make_user

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_in(page, user):
    page.goto("/accounts/login/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def add_device(page, **differences):
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | differences})


def add_passkey(page):
    page.goto("/accounts/security/passkeys/add/")
    page.fill("[name=name]", "My phone")
    page.click("main button[type=submit]")
    page.wait_for_url("**/accounts/security/recovery-codes/")


def test_a_passkey_is_set_up_and_then_needed_to_sign_in(open_page):
    user = make_user()
    page = open_page("/accounts/login/")
    add_device(page)

    sign_in(page, user)
    add_passkey(page)
    page.get_by_role("button", name="Make new codes").click()
    assert len(page.locator("#codes").inner_text().split()) == 10
    page.goto("/accounts/security/")
    assert page.get_by_text("My phone").first.is_visible()
    assert second_factor.has_one(user)

    page.goto("/accounts/logout/")
    page.click("main button[type=submit]")
    sign_in(page, user)
    assert page.url.endswith("/accounts/login/code/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda address: "/login/" not in address)
    page.goto("/accounts/security/")

    assert page.get_by_role("heading", name="Sign-in and security").is_visible()
    assert page.complaints == []


def sign_in_by_passkey(page, address="/accounts/login/"):
    page.goto(address)
    page.get_by_role("link", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_alone_signs_in_and_counts_as_both_factors(open_page, settings):
    user = make_user(Role.CURATOR)
    page = open_page("/accounts/login/")
    add_device(page)
    sign_in(page, user)
    add_passkey(page)
    page.context.clear_cookies()
    settings.SECOND_FACTOR_DEMANDED = True

    sign_in_by_passkey(page, "/accounts/login/?next=/review/")
    # No password, no code. The address of the sign-in ends with that of the review, too.
    page.wait_for_url(lambda address: urlsplit(address).path == "/review/")

    assert page.get_by_role("heading", level=1).is_visible()
    assert [event.actor for event in AuditEvent.objects.filter(action=AuditAction.SIGNED_IN)] == [user, user]
    assert SignIn.objects.filter(user=user).count() == 2
    page.goto("/accounts/logout/")
    page.click("main button[type=submit]")
    page.goto("/review/")
    assert "/accounts/login/" in page.url

    User.objects.filter(pk=user.pk).update(is_active=False)
    sign_in_by_passkey(page)
    page.get_by_text("This code or passkey is not right").first.wait_for()
    assert AuditEvent.objects.filter(action=AuditAction.SIGN_IN_FAILED).count() == 1
    page.goto("/workspace/")
    assert "/accounts/login/" in page.url
    assert page.complaints == []


def test_a_device_that_does_not_ask_who_holds_it_is_a_second_factor_and_no_more(open_page):
    page = open_page("/accounts/login/")
    add_device(page, hasUserVerification=False, isUserVerified=False)
    sign_in(page, make_user())
    add_passkey(page)
    page.context.clear_cookies()

    sign_in_by_passkey(page)

    page.get_by_text("The passkey was not accepted.").wait_for()
    page.goto("/workspace/")
    assert "/accounts/login/" in page.url
