"""Programs for tests: they show a key and speak JSON."""

import json

from django.test import Client

from tests.people import bearer, make_key


class Program:
    """Calls the API in the name of ``user`` with a key for ``scopes``: ``program("post", "/reviews/1/join/", {…})``."""

    def __init__(self, user, *scopes):
        self.user = user
        self._client = Client()
        _key, text = make_key(*scopes, user=user)
        self._header = bearer(text)

    def __call__(self, method, path, body=None, **headers):
        """The response; ``headers`` as If_Match="…"."""
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self._client, method)(f"/api/v1{path}", headers=self._header | named, **content)

    def done(self, method, path, body=None, status=200, **headers):
        """The parsed answer, whose status must be ``status``."""
        response = self(method, path, body, **headers)
        assert response.status_code == status, response.content
        return response.json() if response.content else None
