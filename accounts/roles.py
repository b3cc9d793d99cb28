"""Telling people what was given to them and what was taken from them."""

from django.utils import timezone

from accounts.outbox import tell


def tell_of_role(kind, membership):
    """Tell the person that they were given (Kind.ROLE_GIVEN) or no longer hold (Kind.ROLE_TAKEN) ``membership``.

    Call it in the transaction that makes or deletes it, before or after.
    """
    organisation = membership.organisation.name if membership.organisation else ""
    place = membership.country_id or organisation
    tell(
        [membership.user],
        kind,
        key=f"{kind}:{membership.user_id}:{membership.role}:{place}:{timezone.now().isoformat()}"[:150],
        path="/",
        context={"role": membership.role, "place": place},
        about=f"roles:{membership.user_id}",
    )
