"""What the practices add to the API: (prefix, viewset, basename)."""

from practices.api.viewsets import AreaViewSet, PracticeViewSet, SdgTargetViewSet, TopicViewSet

routes = [
    ("practices", PracticeViewSet, "practice"),
    ("areas", AreaViewSet, "area"),
    ("topics", TopicViewSet, "topic"),
    ("sdg-targets", SdgTargetViewSet, "sdgtarget"),
]
