"""`make bundle`: one file with the code and every wheel it needs, for machines without a network.

    bundle.py [--python 3.11 …] [--arch x86_64 aarch64] [--out dist]

1. the files git knows, without tests; 2. the wheels of requirements.txt for each Python and each kind of machine, none built
from source; 3. those that only another machine needs: pip asks conditions ("only below Python 3.11.3") of the machine it runs
on; 4. SHA256SUMS over all of it; 5. packed as rectification-tracker-VERSION.tar.gz with a checksum beside it.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("accounts", "notices", "tracker", "templates", "static", "docs", "deploy")
NEEDED += ("manage.py", "requirements.txt", "requirements-sso.txt", "LICENSE", "README.md", "CHANGELOG.md")
LEFT_OUT = ("docs/guide/img/",)
ARCHES = ("x86_64", "aarch64")
PYTHONS = ("3.11",)
LISTS = ("requirements.txt", "requirements-sso.txt")
# Oldest first: pip takes any of them; the domestic systems of today have glibc 2.28 or newer.
MANYLINUX = (
    "manylinux1",
    "manylinux2010",
    "manylinux2014",
    "manylinux_2_17",
    "manylinux_2_24",
    "manylinux_2_28",
)


def version() -> str:
    found = re.search(r'VERSION = "([^"]+)"', (ROOT / "tracker" / "version.py").read_text("utf-8"))
    assert found
    return found[1]


def sources(listed: list[str]) -> list[str]:
    """Of all files git knows, those a running installation needs."""
    return sorted(path for path in listed if path.split("/")[0] in NEEDED and not path.startswith(LEFT_OUT))


def download(python: str, arch: str, wheels: Path, wanted: Iterable[str]) -> list[str]:
    """The command that fetches wheels for one Python on one kind of machine; `wanted`: pip's words for what."""
    platforms = [word for kind in MANYLINUX for word in ("--platform", f"{kind}_{arch}")]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
        *platforms,
        *("--dest", str(wheels), *wanted),
    ]


def listed() -> list[str]:
    """The lines of the lists, without remarks."""
    lines = [line for name in LISTS for line in (ROOT / name).read_text("utf-8").splitlines()]
    return [line for line in (line.partition("#")[0].strip() for line in lines) if line]


def machines(python: str, arch: str) -> list[dict[str, str]]:
    """What conditions are asked of: the first and the last release of that Python there may be, on that machine."""
    here = {key: str(value) for key, value in default_environment().items()}
    linux = {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": arch,
    }
    return [
        here | linux | {"python_version": python, "python_full_version": f"{python}.{patch}"}
        for patch in (0, 99)
    ]


def needs_of(wheels: Path) -> dict[str, list[str]]:
    """What each distribution in the folder asks for."""
    found = {}
    for path in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(path) as wheel:
            name = next(
                n for n in wheel.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1
            )
            told = HeaderParser().parsestr(wheel.read(name).decode("utf-8"))
        found[parse_wheel_filename(path.name)[0]] = told.get_all("Requires-Dist") or []
    return found


def lacking(wanted: Iterable[str], needs: dict[str, list[str]], machine: dict[str, str]) -> list[str]:
    """What such a machine would look for in vain, as pip wants it named."""
    waiting = [(line, "") for line in wanted]
    seen, lack = set(waiting), set()
    while waiting:
        line, extra = waiting.pop()
        asked = Requirement(line)
        if asked.marker and not asked.marker.evaluate({**machine, "extra": extra}):
            continue
        name = canonicalize_name(asked.name)
        if name not in needs:
            lack.add(f"{asked.name}{asked.specifier}")
            continue
        below = {(need, extra) for need in needs[name] for extra in (*asked.extras, "")}
        waiting += below - seen
        seen |= below
    return sorted(lack)


def fetch(python: str, arch: str, wheels: Path) -> bool:
    """All the wheels for such machines, until nothing lacks. Whether it went well."""
    lists = [word for name in LISTS for word in ("--requirement", str(ROOT / name))]
    if subprocess.run(download(python, arch, wheels, lists)).returncode != 0:
        return False
    while True:
        needs = needs_of(wheels)
        lack = {name for machine in machines(python, arch) for name in lacking(listed(), needs, machine)}
        if not lack:
            return True
        if subprocess.run(download(python, arch, wheels, ["--no-deps", *sorted(lack)])).returncode != 0:
            return False


def checksums(folder: Path) -> str:
    """In the form of sha256sum; of every file but the list itself."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS"):
        lines.append(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        )
    return "".join(lines)


def pack(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w:gz", compresslevel=6) as tar:
        tar.add(folder, arcname=folder.name)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    target.with_name(f"{target.name}.sha256").write_text(f"{digest}  {target.name}\n", "ascii")


def main() -> int:
    parser = argparse.ArgumentParser(description="制作离线安装包")
    parser.add_argument(
        "--python", nargs="+", default=list(PYTHONS), help="目标机器的 Python 版本，缺省 3.11"
    )
    parser.add_argument(
        "--arch", nargs="+", default=list(ARCHES), help="目标机器的架构，缺省 x86_64 和 aarch64"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="放安装包的目录，缺省 dist")
    given = parser.parse_args()
    folder = given.out / f"rectification-tracker-{version()}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wheels").mkdir(parents=True)
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in sources(known.splitlines()):
        (folder / "code" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "code" / path)
    for python in given.python:
        for arch in given.arch:
            sys.stdout.write(f"正在下载 Python {python} · {arch} 的软件包…\n")
            sys.stdout.flush()
            if not fetch(python, arch, folder / "wheels"):
                sys.stderr.write("软件包下载失败；请检查网络或 pip 的软件源设置后重试。\n")
                return 1
    shutil.copy(ROOT / "deploy" / "install.sh", folder / "install.sh")
    (folder / "SHA256SUMS").write_text(checksums(folder), "utf-8")
    target = given.out / f"{folder.name}.tar.gz"
    pack(folder, target)
    shutil.rmtree(folder)
    sys.stdout.write(
        f"安装包：{target}（{target.stat().st_size / 2**20:.0f} MB），校验值在旁边的 .sha256 文件里。\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
