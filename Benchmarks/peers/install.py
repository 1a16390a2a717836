"""Puts the Python libraries that are measured into the virtual environment of the tests."""
import subprocess
import sys

from missing import Missing, last_line

# redis-py as the tests have it.
PACKAGES = {"aiogram-sentinel": "1.1.0", "limits": "5.8.0", "throttled-py": "3.5.0"}
CLIENT = "redis>=5,<8"


def install(library, python):
    """What is there in the right version stays as it is."""
    is_there = f"import redis, importlib.metadata as m, sys; sys.exit(m.version('{library}') != '{PACKAGES[library]}')"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True, capture_output=True)
        if subprocess.run([str(python), "-c", is_there], capture_output=True).returncode == 0:
            return
        print(f"installing {library} {PACKAGES[library]}", flush=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             f"{library}=={PACKAGES[library]}", CLIENT], check=True, capture_output=True, text=True)
    except OSError as error:
        raise Missing(f"not installed: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        raise Missing(f"not installed: {last_line(str(error.stderr or error))}") from None
