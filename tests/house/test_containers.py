"""The container files say only what is true: their commands, paths and variables exist.

No container engine is needed, and none was at hand; docs/operations.md says what else was tried.
"""

import importlib.util
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from tests.house.running import BASE_DIR, clean_environ
from tests.house.variables import variables_read

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
PORTAL = {name: service for name, service in SERVICES.items() if service["image"] == "ssc-portal"}
NGINX = (BASE_DIR / "docker" / "nginx.conf").read_text()
DOCKERFILE = re.sub(r"\\\n\s*", "", (BASE_DIR / "Dockerfile").read_text())
PRINT_SETTINGS = "from django.conf import settings as s; print(s.IS_PRODUCTION, s.DATABASES['default']['USER'])"


def dockerfile(instruction):
    """The arguments of each ``instruction`` in the Dockerfile."""
    return re.findall(rf"^{instruction} (.+)$", DOCKERFILE, re.MULTILINE)


def image_command():
    return list(yaml.safe_load(dockerfile("CMD")[0]))


def commands():
    """{service: command} of each service that runs the portal's image."""
    return {name: service.get("command", image_command()) for name, service in PORTAL.items()}


def test_every_part_of_the_portal_has_a_service():
    own = {"web", "worker", "beat", "metrics", "migrate", "backup"}
    assert set(SERVICES) == own | {"proxy", "postgres", "broker", "cache"}
    assert set(PORTAL) == own
    assert [name for name, service in SERVICES.items() if "build" in service] == ["web"]


@pytest.mark.parametrize("name", sorted(PORTAL))
def test_commands_exist(name):
    python, *command = commands()[name]
    assert python == "python"
    if command[0] == "-m":
        assert importlib.util.find_spec(command[1])
    else:
        assert (BASE_DIR / command[0]).is_file()


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_commands_have_only_options_that_their_programs_know(name):
    _, _, module, *arguments = commands()[name]
    subcommand = [word for word in arguments if word in {"worker", "beat"}]
    help_text = subprocess.run(
        [sys.executable, "-m", module, *subcommand, "--help"],
        cwd=BASE_DIR,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = {word.split("=")[0] for word in arguments if word.startswith("--")} - {"--app"}
    assert options
    assert {option for option in options if option not in help_text} == set()


def test_the_same_servers_run_in_containers_as_under_the_supervisor():
    source = (BASE_DIR / "ssc_portal" / "supervisor.py").read_text()
    words = [word for name in ("worker", "beat") for word in commands()[name] if word.startswith("--")]
    assert [word for word in words if word not in source] == []


@pytest.mark.parametrize("name", sorted(PORTAL))
def test_every_variable_is_read_by_the_settings(name):
    assert set(PORTAL[name]["environment"]) - variables_read() == set()


@pytest.mark.parametrize("name", sorted(PORTAL))
def test_production_settings_start_with_exactly_these_variables(name):
    values = {
        "SECRET_KEY": "".join(chr(48 + (7 * number) % 74) for number in range(64)),
        "ALLOWED_HOSTS": "portal.example",
        "SITE_URL": "https://portal.example",
        "EMAIL_URL": "smtp://mail.portal.example:587?tls=1",
    }
    environment = {
        variable: re.sub(r"\$\{(\w+)(?::[?-]([^}]*))?\}", lambda match: values.get(match[1]) or match[2] or "x1", value)
        for variable, value in PORTAL[name]["environment"].items()
    }
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.conf import settings as s; print(s.IS_PRODUCTION, s.DATABASES['default']['USER'])",
        ],
        cwd=BASE_DIR,
        env={"PATH": "", "DJANGO_SETTINGS_MODULE": "ssc_portal.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.split(), run.stderr) == (["True", "ssc_app"], "")


def test_every_value_to_fill_in_is_in_the_example():
    example = dict(
        line.split("=") for line in (BASE_DIR / "docker/environment.example").read_text().split() if "=" in line
    )
    asked = set(re.findall(r"\$\{(\w+):\?\}", (BASE_DIR / "docker-compose.yml").read_text()))
    assert set(example) == asked
    assert set(example.values()) == {""}


def test_every_named_volume_and_dependency_exists():
    names = set(COMPOSE["volumes"])
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            # The certificate is the operator's own.
            assert source in names or source == "./docker/certificates" or (BASE_DIR / source).exists(), volume
        for name, condition in service.get("depends_on", {}).items():
            assert condition["condition"] != "service_healthy" or name == "web" or "healthcheck" in SERVICES[name]


def test_copied_paths_exist_and_are_sent_to_the_builder():
    ignored = set((BASE_DIR / ".dockerignore").read_text().split())
    sources = [source for line in dockerfile("COPY") for source in shlex.split(line)[:-1]]
    assert [source for source in sources if not (BASE_DIR / source).exists() or source in ignored] == []


def test_every_part_of_the_code_is_copied():
    top = {path.parent.name for path in BASE_DIR.glob("*/__init__.py")} - {"tests", "bench"}
    assert top | {"templates", "static", "locale", "fixtures", "manage.py"} <= {
        source for line in dockerfile("COPY") for source in shlex.split(line)[:-1]
    }


def test_programs_run_while_building_exist():
    (build,) = [line for line in dockerfile("RUN") if "collectstatic" in line]
    assert importlib.util.find_spec(re.search(r"python -m (\S+)", build)[1])
    assert set(re.findall(r"\b([A-Z][A-Z_]+)=", build)) <= variables_read()


def test_proxy_buffers_requests_and_speaks_tls():
    for directive in [
        "proxy_request_buffering on;",
        "client_body_timeout 10s;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "proxy_set_header X-Forwarded-Proto https;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
    ]:
        assert directive in NGINX
    assert NGINX.count("{") == NGINX.count("}")


def test_proxy_asks_the_port_that_the_web_server_listens_on():
    command = image_command()
    assert f"http://web:{command[command.index('--port') + 1]};" in NGINX


def test_proxy_finds_the_certificate_where_it_is_mounted():
    mounted = {volume.split(":")[1] for volume in SERVICES["proxy"]["volumes"]}
    assert set(re.findall(r"ssl_certificate(?:_key)? (.+)/\w+\.pem;", NGINX)) <= mounted


def test_figures_are_counted_where_they_are_asked_for_and_by_the_machine_alone():
    web, metrics = PORTAL["web"], PORTAL["metrics"]
    (shared,) = set(web["volumes"]) & set(metrics["volumes"])
    port = metrics["environment"]["SSC_METRICS_PORT"]

    assert shared.partition(":")[2] == "/srv/portal/var/run/metrics"
    assert "var/run/metrics" in next(line for line in dockerfile("RUN") if "mkdir" in line)  # so that it may be written
    assert web["environment"]["SSC_METRICS_PORT"] == port
    assert metrics["environment"]["SSC_METRICS_BIND"] == "0.0.0.0"  # noqa: S104 - of the container
    assert metrics["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy", "metrics"]
    assert port not in NGINX


def test_queue_never_drops_and_cache_never_grows():
    broker, cache = SERVICES["broker"]["command"], SERVICES["cache"]["command"]
    assert broker[broker.index("--maxmemory-policy") + 1] == "noeviction"
    assert cache[cache.index("--maxmemory-policy") + 1] == "allkeys-lru"
    assert "--maxmemory" in cache


def test_database_roles_are_those_of_the_embedded_server():
    from ssc_portal.embedded import postgres

    script = (BASE_DIR / "docker" / "postgres-roles.sh").read_text()
    for statement in postgres.DEFAULT_PRIVILEGES.split(";"):
        assert statement.strip() in script
    assert set(re.findall(r'"\$(\w+)"', script)) <= set(SERVICES["postgres"]["environment"])
    assert SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].endswith(
        "--locale-provider=builtin --builtin-locale=C.UTF-8"
    )
