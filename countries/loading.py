"""Load reference rows from fixtures: only what differs is written, so loading them again changes nothing."""

from countries.models import Country, Indicator, StatusList


def write_changed(model, rows):
    """Insert or update those of the unsaved ``rows`` of ``model`` that differ from what is stored under their keys.

    Returns how many were written. Rows that are stored and not given stay.
    """
    key = model._meta.pk.attname
    columns = [field.attname for field in model._meta.concrete_fields if field.attname != key]
    stored = model.objects.in_bulk([row.pk for row in rows])
    changed = [
        row
        for row in rows
        if row.pk not in stored or any(getattr(row, name) != getattr(stored[row.pk], name) for name in columns)
    ]
    model.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=[model._meta.pk.name],
        update_fields=[field.name for field in model._meta.concrete_fields if field.attname != key],
    )
    return len(changed)


def load_countries(rows):
    """Write countries as in ``fixtures/countries.json``. Returns how many were written."""
    return write_changed(Country, [_country(row) for row in rows])


def load_status_lists(rows):
    """Write the lists of countries as in ``fixtures/countries.json``. Returns how many were written."""
    return write_changed(StatusList, [StatusList(**row) for row in rows])


def load_indicators(rows):
    """Write the definitions of indicators as in ``fixtures/indicators.json``. Returns how many were written."""
    return write_changed(Indicator, [Indicator(position=number, **row) for number, row in enumerate(rows, start=1)])


def _country(row):
    capital = row["capital"] or {}
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        m49=row["m49"],
        names=row["names"],
        un_status=row["un_status"] or "",
        un_region=row["un_region"] or "",
        un_subregion=row["un_subregion"] or "",
        unicef_region=row["unicef_region"] or "",
        income_group=row["income_group"] or "",
        is_ldc=row["ldc"],
        is_lldc=row["lldc"],
        is_sids=row["sids"],
        is_g77=row["g77"],
        is_developing_region=row["developing_region"],
        is_global_south=row["global_south"],
        capital_name=capital.get("name") or "",
        capital_latitude=capital.get("lat"),
        capital_longitude=capital.get("lon"),
        official_languages=row["official_languages"],
    )
