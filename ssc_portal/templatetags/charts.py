"""Small charts as SVG: the geometry is computed here, the drawing and its words stand in the templates."""

from django import template

register = template.Library()

SLOPE_WIDTH, SLOPE_HEIGHT, SLOPE_MARGIN = 240, 60, 4
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 96, 28, 3
MAP_STEPS = (1, 3, 6, 10)  # the smallest counts of the four tints of the map


@register.simple_tag
def slope(result):
    """The line from before to after of ``result``, on a zero baseline; viewBox 0 0 240 60, time from the start side.

    ``result``: has baseline, baseline_year, latest, latest_year. Returns {"line", "area"} as path data, or None
    when the two figures are not in time order (then ``bars`` compares them) or do not both exist.
    """
    if not result.has_pair or not result.baseline_year or not result.latest_year:
        return None
    if result.baseline_year >= result.latest_year:
        return None
    lowest, highest = min(0, result.baseline, result.latest), max(0, result.baseline, result.latest)
    if lowest == highest:
        return None
    height = SLOPE_HEIGHT - 2 * SLOPE_MARGIN

    def y(value):
        return round(SLOPE_HEIGHT - SLOPE_MARGIN - height * (value - lowest) / (highest - lowest), 1)

    start, end, right = y(result.baseline), y(result.latest), SLOPE_WIDTH - SLOPE_MARGIN
    line = f"M{SLOPE_MARGIN} {start}L{right} {end}"
    return {"line": line, "area": f"{line}V{y(0)}H{SLOPE_MARGIN}z"}


@register.simple_tag
def bars(result):
    """The lengths of two bars that compare the figures of ``result``: {"baseline", "latest"}, the longer one 100.

    None when a figure is missing, below zero, or when both are zero.
    """
    if not result.has_pair or min(result.baseline, result.latest) < 0:
        return None
    longest = max(result.baseline, result.latest)
    if not longest:
        return None
    return {
        "baseline": round(100 * result.baseline / longest, 1),
        "latest": round(100 * result.latest / longest, 1),
    }


@register.simple_tag
def spark(points):
    """The trend through ``points`` (with year and value, the oldest first) as path data; viewBox 0 0 96 28.

    Years lie as far apart as they are in time; the lowest figure is at the bottom, the highest at the top. None with
    fewer than two points.
    """
    if len(points) < 2:
        return None
    years, values = [point.year for point in points], [point.value for point in points]
    wide, high = years[-1] - years[0] or 1, max(values) - min(values) or 1
    spots = [
        (
            round(SPARK_MARGIN + (SPARK_WIDTH - 2 * SPARK_MARGIN) * (year - years[0]) / wide, 1),
            round(SPARK_HEIGHT - SPARK_MARGIN - (SPARK_HEIGHT - 2 * SPARK_MARGIN) * (value - min(values)) / high, 1),
        )
        for year, value in zip(years, values, strict=True)
    ]
    return "M" + "L".join(f"{x} {y}" for x, y in spots)


@register.filter
def share_of(count, rows):
    """``count`` as a length of 0 to 100 beside the largest ``count`` among ``rows`` (objects or dicts with a count)."""
    largest = max((row["count"] if isinstance(row, dict) else row.count for row in rows), default=0)
    return round(100 * count / largest, 1) if largest else 0


@register.filter
def map_step(count):
    """The tint of the map for ``count`` practices: 0 (none) to 4 (ten or more)."""
    return sum(count >= smallest for smallest in MAP_STEPS)
