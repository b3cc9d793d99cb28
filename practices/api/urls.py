"""What the practices add to the API: (prefix, viewset, basename)."""

from practices.api.reviews import ReviewViewSet
from practices.api.submissions import SubmissionFileViewSet, SubmissionViewSet
from practices.api.viewsets import AreaViewSet, PracticeViewSet, SdgTargetViewSet, TopicViewSet

routes = [
    ("practices", PracticeViewSet, "practice"),
    ("areas", AreaViewSet, "area"),
    ("topics", TopicViewSet, "topic"),
    ("sdg-targets", SdgTargetViewSet, "sdgtarget"),
    ("submissions", SubmissionViewSet, "submission"),
    ("submissions/(?P<submission>[0-9]{1,9})/files", SubmissionFileViewSet, "submission-file"),
    ("reviews", ReviewViewSet, "review"),
]
