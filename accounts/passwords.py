"""What a password that a person chooses must be: long, neither common nor made of the portal's own words."""

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import second_factor

SHORTEST_ALONE, SHORTEST_WITH_FACTOR = 15, 8
PORTAL_WORDS = (
    "southsouth", "cooperation", "childrens", "children", "practices", "practice", "password", "exchange", "unicef",
    "portal", "south", "good", "ssc",
)  # fmt: skip
# So many letters must be left when the portal's words, digits and signs are taken away.
FEWEST_OWN_LETTERS = 4


class LengthValidator:
    """Fifteen characters where the password is all that opens an account, eight beside a second factor."""

    def validate(self, password, user=None):
        has_factor = user is not None and user.pk is not None and second_factor.has_one(user)
        shortest = SHORTEST_WITH_FACTOR if has_factor else SHORTEST_ALONE
        if len(password) < shortest:
            raise ValidationError(
                _("This is too short. Use at least %(count)d characters, for example four words."),
                code="password_too_short",
                params={"count": shortest},
            )

    def get_help_text(self):
        return _("At least 15 characters, or 8 when you have set up a second factor. Four words are easy to remember.")


class CommonValidator(CommonPasswordValidator):
    """Not one of the passwords that everybody guesses first, also when it is repeated to be long enough."""

    def validate(self, password, user=None):
        plain = password.lower().strip()
        for part in {plain, _repeated_part(plain), plain.strip("0123456789!?.-_ ")}:
            if part in self.passwords or len(set(part)) < 4:
                raise ValidationError(_("Too many people use this password."), code="password_too_common")

    def get_help_text(self):
        return _("Not one that many people use.")


class PortalWordsValidator:
    """Not only words that anybody would think of here."""

    def validate(self, password, user=None):
        letters = "".join(filter(str.isalpha, password.lower()))
        own = letters
        for word in PORTAL_WORDS:
            own = own.replace(word, "")
        if own != letters and len(own) < FEWEST_OWN_LETTERS:
            raise ValidationError(_("It is made of words of the portal. Add some of your own."), code="portal_words")

    def get_help_text(self):
        return _("Not only words of the portal.")


def _repeated_part(text):
    """The shortest beginning of ``text`` that makes all of it when it is repeated; the last time may be cut off."""
    for size in range(1, len(text)):
        part = text[:size]
        if (part * (len(text) // size + 1)).startswith(text):
            return part
    return text
