"""Which environment variables the code reads, found in its source."""

import ast
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
READERS = [BASE_DIR / "ssc_portal" / name for name in ("settings.py", "supervisor.py", "embedded/__main__.py")]


def _is_environ(node):
    return isinstance(node, (ast.Attribute, ast.Name)) and ast.unparse(node).endswith("environ")


def variables_read():
    """The names of all environment variables that the settings and the supervisor read."""
    found = set()
    for path in READERS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = node.func
                is_get = isinstance(function, ast.Attribute) and function.attr in {"get", "pop"}
                is_list = isinstance(function, ast.Name) and function.id == "_list"
                if is_list or (is_get and _is_environ(function.value)):
                    found.add(node.args[0].value)
            elif isinstance(node, ast.Subscript) and _is_environ(node.value) and isinstance(node.slice, ast.Constant):
                found.add(node.slice.value)
    return found
