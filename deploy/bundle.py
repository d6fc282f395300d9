"""`make bundle`: one file with the code and every wheel it needs, for machines without a network.

    bundle.py [--python 3.11 …] [--arch x86_64 aarch64] [--out dist]

1. the files git knows, without tests; 2. the wheels of requirements.txt for each Python and each kind of machine, none built
from source; 3. SHA256SUMS over all of it; 4. packed as rectification-tracker-VERSION.tar.gz with a checksum beside it.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("accounts", "notices", "tracker", "templates", "static", "docs", "deploy")
NEEDED += ("manage.py", "requirements.txt", "requirements-sso.txt", "LICENSE", "README.md", "CHANGELOG.md")
LEFT_OUT = ("docs/guide/img/",)
ARCHES = ("x86_64", "aarch64")
PYTHONS = ("3.11",)
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


def download(python: str, arch: str, wheels: Path) -> list[str]:
    """The command that fetches the wheels for one Python on one kind of machine."""
    platforms = [word for kind in MANYLINUX for word in ("--platform", f"{kind}_{arch}")]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
        *platforms,
        *("--dest", str(wheels), "--requirement", str(ROOT / "requirements.txt")),
        *("--requirement", str(ROOT / "requirements-sso.txt")),
    ]


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
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in sources(listed.splitlines()):
        (folder / "code" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "code" / path)
    for python in given.python:
        for arch in given.arch:
            sys.stdout.write(f"正在下载 Python {python} · {arch} 的软件包…\n")
            sys.stdout.flush()
            if subprocess.run(download(python, arch, folder / "wheels")).returncode != 0:
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
