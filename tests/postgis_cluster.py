"""A PostgreSQL cluster with PostGIS for the tests alone: in its own folder, on a socket, without network."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SECRET = "s3cr€t-Mật:khẩu/@"


class NotHereError(Exception):
    """Why there is no PostGIS to test with."""


def programs() -> Path:
    """The folder of the newest server that has PostGIS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    for initdb in reversed(found):
        if Path(f"/usr/share/postgresql/{initdb.parts[4]}/extension/postgis.control").exists():
            return initdb.parent
    raise NotHereError("no PostgreSQL with PostGIS; tests/install_postgis.sh installs it where it may")


def as_user() -> list[str]:
    """What to put before a command: the server refuses root."""
    if os.getuid() != 0:
        return []
    if shutil.which("runuser") is None:
        raise NotHereError("the server refuses root, and there is no runuser")
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return ["runuser", "-u", name, "--"]
    raise NotHereError("the server refuses root, and there is no other user to run it")


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """The libpq words of an empty database with PostGIS; its server ends with the block."""
    bin_, before = programs(), as_user()
    # Sockets have short names.
    home = Path(tempfile.mkdtemp(prefix="phusong-pg-", dir="/tmp"))
    if before:
        shutil.chown(home, user=before[2])
    data, log, password = home / "data", home / "log", home / "password"
    password.write_text(SECRET, encoding="utf-8")
    if before:
        shutil.chown(password, user=before[2])

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*before, str(bin_ / program), *arguments], capture_output=True, text=True, timeout=120, cwd=home
        )
        if done.returncode:
            raise NotHereError(f"{program}: {(done.stdout + done.stderr)[-400:]}")

    try:
        run(
            "initdb", "-D", str(data), "-U", "keeper", "-E", "UTF8", "--locale=C",
            "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync",
        )  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off"
        run("pg_ctl", "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
        try:
            yield _with_postgis(home)
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _with_postgis(home: Path) -> str:
    """PostGIS lies in a schema that no search path names, as careful keepers have it."""
    import psycopg

    address = psycopg.conninfo.make_conninfo(
        host=str(home), user="keeper", password=SECRET, dbname="postgres"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA extensions; CREATE EXTENSION postgis SCHEMA extensions")
    return address
