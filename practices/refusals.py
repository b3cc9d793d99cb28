"""What the practices refuse to show. The composer turns each refusal into an answer: a page or problem details."""

from django.http import Http404


class NotHere(Http404):
    """There is no such thing, and the message, made for the reader, says what there is instead."""


class Retracted(Exception):
    """The practice was published once and has been retracted: answered with 410, the date and the reason."""

    def __init__(self, practice):
        super().__init__(practice.reference)
        self.practice = practice


class TransitionError(Exception):
    """The submission is not in a state that allows this, or somebody was quicker: answered with 409.

    ``status`` is the state that it is in; the message, made for the reader, says why nothing was done.
    """

    def __init__(self, message, *, status=""):
        super().__init__(message)
        self.status = status


class Incomplete(TransitionError):
    """What is still missing before the step can be taken: ``items`` is [completeness.Item] or [message]."""

    def __init__(self, message, items, *, status=""):
        super().__init__(message, status=status)
        self.items = items


class Settled(TransitionError):
    """The review is filed on the text that the curators have now, and stands until a new one comes."""


class StaleReview(Exception):
    """Its reviewer saved it elsewhere since it was loaded. ``review`` is what is stored; nothing was overwritten."""

    def __init__(self, review):
        super().__init__(review.revision)
        self.review = review


class Stale(Exception):
    """Somebody saved since this text was loaded. ``submission`` is what is stored now; nothing was overwritten."""

    def __init__(self, submission):
        super().__init__(submission.revision)
        self.submission = submission


class FileRefused(Exception):
    """A file is not taken in: ``sentence``, made for whoever sent it, says what, why and what would be accepted.

    ``status`` is that of the answer: 422, 429 beyond what a person may send a day, 507 where the portal has no room.
    ``wait``: with 429, in how many seconds more is taken.
    """

    def __init__(self, sentence, *, status=422, wait=None):
        super().__init__(sentence)
        self.sentence, self.status, self.wait = sentence, status, wait

    def noted_on(self, response):
        """``response``, the answer to it, which says when to send more where that is a matter of time alone."""
        if self.wait:
            response["Retry-After"] = str(self.wait)
        return response
