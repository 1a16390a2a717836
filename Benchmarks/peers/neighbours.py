"""The modules of the other comparisons, by names of their own: two of them are called `servers`."""
import importlib.util
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHECK_SCRIPT = HERE.parent / "http/check.lua"


def _module(folder, name):
    specification = importlib.util.spec_from_file_location(f"{folder}_{name}", HERE.parent / folder / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


asked_servers = _module("http", "servers")
redis_servers = _module("redis", "servers")
tables = _module("redis", "tables")
