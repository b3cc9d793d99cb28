"""How mail leaves the portal, from one address such as ``smtp://user:password@host:587?tls=1``; a leaf."""

from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtps": "django.core.mail.backends.smtp.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "memory": "django.core.mail.backends.locmem.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
}


def mail_settings(url):
    """The ``EMAIL_*`` settings for ``url``: smtp, smtps (TLS from the start), file:///folder, console: or memory:.

    ``?tls=1`` asks for STARTTLS. Raises ImproperlyConfigured, without quoting the address, when it is none of these.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("EMAIL_URL cannot be read; is its port a number?") from None
    needed = {"smtp": parts.hostname, "smtps": parts.hostname, "file": parts.path}.get(parts.scheme, True)
    if parts.scheme not in _BACKENDS or not needed:
        raise ImproperlyConfigured("EMAIL_URL is none of smtp://host, smtps://host, file:///folder, console:, memory:.")
    is_ssl = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": _BACKENDS[parts.scheme],
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": port or (465 if is_ssl else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_ssl,
        "EMAIL_USE_TLS": not is_ssl and parse_qs(parts.query).get("tls") == ["1"],
        "EMAIL_FILE_PATH": unquote(parts.path) if parts.scheme == "file" else None,
        "EMAIL_TIMEOUT": 5,  # for each step of the talk: all of them together stay below accounts.outbox.LEASE
    }
