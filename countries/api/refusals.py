"""What the API refuses and Django REST framework has no word for; each refusal knows of which kind it is."""

from rest_framework.exceptions import APIException


class Refusal(APIException):
    """``slug``: the kind of problem, one of those in ``ssc_portal/problems.py``, which turns this into an answer.

    ``members``: what the body says beside the detail, such as {"current": …}.
    """

    slug = ""

    def __init__(self, detail="", **members):
        super().__init__(detail or " ")
        self.detail, self.members = str(detail), members


class PreconditionRequired(Refusal):
    """A change that does not say which state of the thing its writer saw."""

    status_code, slug = 428, "precondition-required"


class PreconditionFailed(Refusal):
    """Somebody saved since: ``current`` is the ETag now, ``differences`` [{"field", "yours", "stored"}]."""

    status_code, slug = 412, "precondition-failed"


class TooMany(Refusal):
    """More of something costly than is done in a while; ``wait``: seconds until it is done again."""

    status_code, slug = 429, "too-many-requests"

    def __init__(self, detail, *, wait):
        super().__init__(detail)
        self.wait = wait


class KeyReused(Refusal):
    """An Idempotency-Key that came with another request before."""

    status_code, slug = 422, "idempotency-key-reused"


class KeyInUse(Refusal):
    """An Idempotency-Key whose first request is still being worked on; ``wait``: seconds until asking again."""

    status_code, slug, wait = 409, "idempotency-key-in-use", 1
