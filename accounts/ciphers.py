"""Secrets that the portal has to know again, as the database keeps them: whoever reads a dump alone learns none.

They are encrypted under SECRET_KEY; what a former key encrypted is still read (``manage.py change_key``).
"""

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class Cipher:
    """Encrypts what is kept for one purpose. ``salt`` names the purpose: what one wrote, another does not read."""

    def __init__(self, salt):
        self._salt = salt

    def encrypt(self, text):
        return self._ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """Raises InvalidToken when no key in use or before encrypted it."""
        return self._ciphers().decrypt(encrypted_text.encode()).decode()

    def encrypt_anew(self, encrypted_text):
        """The same with the key in use, whichever key encrypted it. Raises InvalidToken when none did."""
        return self._ciphers().rotate(encrypted_text.encode()).decode()

    def _ciphers(self):
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        digests = [salted_hmac(self._salt, "", secret=key, algorithm="sha256").digest() for key in keys]
        return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
