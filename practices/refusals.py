"""What the practices refuse to show. The composer turns each refusal into an answer: a page or problem details."""

from django.http import Http404


class NotHere(Http404):
    """There is no such thing, and the message, made for the reader, says what there is instead."""


class Retracted(Exception):
    """The practice was published once and has been retracted: answered with 410, the date and the reason."""

    def __init__(self, practice):
        super().__init__(practice.reference)
        self.practice = practice
