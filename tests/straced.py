"""What a program does with network and files, as strace (Debian's) sees it from outside."""

import ipaddress
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

STRACE = shutil.which("strace")

_CALLS = "connect,sendto,sendmsg,sendmmsg,open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat"
_CALLS += ",rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate"

_ADDRESS = re.compile(
    r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)'
    r'|sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"'
)
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_TO_WRITE = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC)|^creat|^mk|^rename|^link|^symlink|^truncate")


def straced(log: Path) -> list[str]:
    """What to put before a command so that strace writes what it does into files beside `log`, one a thread.

    The command's process is still the one that was started; strace ends after it, and closes its output last.
    """
    assert STRACE
    return [STRACE, "-D", "-ff", "-y", "-qq", "--seccomp-bpf", "-e", f"trace={_CALLS}", "-e", "signal=none",
            "-o", str(log)]  # fmt: skip


def contacted(log: Path) -> set[tuple[str, int]]:
    """Addresses and ports that anything was sent to, less those of this machine; its name server is not left out."""
    found = set()
    for line in _lines(log):
        for port, address, port6, address6 in _ADDRESS.findall(line):
            number, where = int(port or port6), ipaddress.ip_address(address or address6)
            where = getattr(where, "ipv4_mapped", None) or where
            if not where.is_loopback or number == 53:
                found.add((str(where), number))
    return found


def written(log: Path, folder: Path) -> set[Path]:
    """Files and folders that were made or opened for writing by a program that was started in `folder`."""
    found = set()
    for line in _lines(log):
        call = _CALL.match(line)
        if call and int(call[3]) >= 0 and _TO_WRITE.search(line):
            for of, path in _PATH.findall(call[2]):
                found.add(Path(os.path.normpath(Path(of or folder) / path)))
    return found


def _lines(log: Path) -> Iterator[str]:
    for file in log.parent.glob(f"{log.name}.*"):
        yield from file.read_text(encoding="utf-8", errors="replace").splitlines()
