"""The Chromium of the machine for browser tests; Debian's package is installed when missing and possible."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PACKAGES = ["chromium", "fonts-noto-cjk"]
HINT = "未找到 Chromium，浏览器测试没有运行；请安装 chromium，或用环境变量 CHROMIUM 指明其路径。"


def find() -> str | None:
    """The path of the program: CHROMIUM when set, else the first of the usual names."""
    given = os.environ.get("CHROMIUM", "")
    return shutil.which(given) if given else next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Debian and Ubuntu as root only; says nothing when it cannot."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(["apt-get", "-qq", *command], env=env, stdout=subprocess.DEVNULL, timeout=600)
        if done.returncode:
            return


def main() -> None:
    if find() is None:
        install()
    sys.stdout.write(f"{find() or HINT}\n")


if __name__ == "__main__":
    main()
