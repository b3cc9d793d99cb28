"""What practices are about: challenge areas, topics, Sustainable Development Goals and their targets."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from countries.addresses import address
from countries.names import in_language
from practices.querysets import TopicQuerySet

# Goal 1 to 17, then a number or a letter: 3.2, 6.a
TARGET_CODE = r"^(1[0-7]|[1-9])\.([1-9]|1[0-9]|[a-d])$"


class ChallengeArea(models.Model):
    """One of the six challenges for children that the portal is ordered by."""

    slug = models.SlugField(_("slug"), primary_key=True, max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), unique=True)
    texts = models.JSONField(_("texts"), help_text="{language: {name, challenge, figure, unit, sentence, more}}")
    source = models.CharField(_("source of the figure"), max_length=200, blank=True)
    source_url = models.URLField(_("address of the source"), blank=True)

    class Meta:
        verbose_name = _("challenge area")
        verbose_name_plural = _("challenge areas")
        ordering = ["position"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address("practices:area", self.slug)

    @property
    def drawn_key(self):
        """What the tag of the area shows, in short."""
        return self.slug, self.name

    def _text(self, key):
        return in_language({language: texts.get(key, "") for language, texts in self.texts.items()})

    @property
    def name(self):
        return self._text("name")

    @property
    def challenge(self):
        """What is wrong, in two or three words."""
        return self._text("challenge")

    @property
    def figure(self):
        """The headline figure as it is printed, for example "1 in 3"."""
        return self._text("figure")

    @property
    def unit(self):
        """What the figure counts."""
        return self._text("unit")

    @property
    def sentence(self):
        """The rest of the sentence that figure and unit begin."""
        return self._text("sentence")

    @property
    def more(self):
        return self._text("more")


class Topic(models.Model):
    """A subject within a challenge area. Curators add, rename and merge; an old slug leads to the topic it became."""

    slug = models.SlugField(_("slug"), primary_key=True, max_length=60)
    area = models.ForeignKey(ChallengeArea, models.PROTECT, related_name="topics", verbose_name=_("challenge area"))
    names = models.JSONField(_("names"))
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_topics")

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["area__position", "slug"]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return in_language(self.names)


class SdgGoal(models.Model):
    """One of the 17 Sustainable Development Goals."""

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    names = models.JSONField(_("names"))
    colour = models.CharField(_("colour"), max_length=7)

    class Meta:
        verbose_name = _("Sustainable Development Goal")
        verbose_name_plural = _("Sustainable Development Goals")
        ordering = ["number"]

    def __str__(self):
        return f"{self.number} {self.name}"

    @property
    def name(self):
        return in_language(self.names)


class SdgTarget(models.Model):
    """A target of a goal, such as 3.2 or 6.a. Those that matter most for children carry a short text of our own."""

    code = models.CharField(
        _("code"),
        primary_key=True,
        max_length=5,
        validators=[RegexValidator(TARGET_CODE)],
    )
    goal = models.ForeignKey(SdgGoal, models.PROTECT, related_name="targets", verbose_name=_("goal"))
    texts = models.JSONField(_("texts"), default=dict, blank=True)

    class Meta:
        verbose_name = _("SDG target")
        verbose_name_plural = _("SDG targets")
        ordering = ["goal_id", "code"]

    def __str__(self):
        return self.code

    @property
    def text(self):
        """The target in short words, "" where the portal has none."""
        return in_language(self.texts)
