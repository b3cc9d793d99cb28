"""Challenge areas, topics and SDG targets as the API gives them. ``counts``: practices by code, in a row of a list."""


def area_row(area, counts, absolute):
    """``absolute``: a function of a path."""
    return {
        "slug": area.slug,
        "name": area.name,
        "challenge": area.challenge,
        "figure": area.figure,
        "unit": area.unit,
        "sentence": area.sentence,
        "more": area.more,
        "source": area.source,
        "source_url": area.source_url,
        "practices_count": counts.get(area.slug, 0),
        "url": absolute(area.get_absolute_url()),
    }


def topic_row(topic, counts):
    return {
        "slug": topic.slug,
        "name": topic.name,
        "names": topic.names,
        "area": topic.area_id,
        "practices_count": counts.get(topic.slug, 0),
    }


def target_row(target, counts):
    goal = target.goal
    return {
        "code": target.code,
        "goal": {"number": goal.number, "name": goal.name, "colour": goal.colour},
        "text": target.text,
        "practices_count": counts.get(target.code, 0),
    }
