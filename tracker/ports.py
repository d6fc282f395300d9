"""Who holds a TCP port: the sentence a person needs when a server cannot start."""

import os
import socket
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def is_taken(port: int, *, host: str = "127.0.0.1") -> bool:
    """True when a server could not listen there; a closed server's waiting connections do not count."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, port))
        except OSError:
            return True
    return False


def holder_of(port: int) -> str:
    """「进程 1234（python -m http.server 8000）」; empty when the system does not tell."""
    inodes = _listening_inodes(port)
    for process in _processes():
        if inodes & _sockets_of(process):
            return f"进程 {process.name}（{_command_of(process)}）"
    return ""


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text("ascii").splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTEN and int(columns[1].rsplit(":", 1)[1], 16) == port:
                    found.add(columns[9])
    return found


def _processes() -> list[Path]:
    """Lowest number first: of a server and its children, the server."""
    if not PROC.is_dir():
        return []
    return sorted((p for p in PROC.iterdir() if p.name.isdigit()), key=lambda p: int(p.name))


def _sockets_of(process: Path) -> set[str]:
    found = set()
    with suppress(OSError):  # another person's process, or gone meanwhile
        for link in (process / "fd").iterdir():
            with suppress(OSError):
                target = os.readlink(link)
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def _command_of(process: Path) -> str:
    with suppress(OSError):
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return " ".join(words).strip()[:120] or process.name
    return process.name
