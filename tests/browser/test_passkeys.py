"""A passkey, set up and shown in a real browser whose authenticator is a virtual one."""

from accounts import second_factor
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


def test_a_passkey_is_set_up_and_then_needed_to_sign_in(open_page):
    user = make_user()
    page = open_page("/accounts/login/")
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    sign_in(page, user)
    page.goto("/accounts/security/passkeys/add/")
    page.fill("[name=name]", "My phone")
    page.click("main button[type=submit]")
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
