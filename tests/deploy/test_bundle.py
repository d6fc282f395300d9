"""The bundle and its installer: what goes in, what is refused before anything is written. PROOF=1 builds one and installs it
where there is no network."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.processes import ROOT
from tracker.version import VERSION

SCRIPT = ROOT / "deploy" / "install.sh"


def loaded():
    spec = importlib.util.spec_from_file_location("bundle", ROOT / "deploy" / "bundle.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


bundle = loaded()


def test_what_a_running_installation_needs_and_no_more():
    listed = [
        "manage.py",
        "tests/conftest.py",
        "tracker/wsgi.py",
        ".ci/run",
        "docs/guide/img/a.png",
        "docs/guide/unit.md",
    ]

    assert bundle.sources(listed) == ["docs/guide/unit.md", "manage.py", "tracker/wsgi.py"]
    assert all((ROOT / name).exists() for name in bundle.NEEDED)


def test_wheels_only_for_each_machine():
    words = bundle.download("3.11", "aarch64", ROOT / "wheels", ["redis"])

    assert words[words.index("--only-binary") + 1] == ":all:"
    assert words[words.index("--python-version") + 1] == "3.11"
    assert {words[i + 1] for i, word in enumerate(words) if word == "--platform"} == {
        f"{kind}_aarch64" for kind in bundle.MANYLINUX
    }


def wheel(folder, name, *needs):
    told = "".join(f"Requires-Dist: {need}\n" for need in needs)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as made:
        made.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{told}\n"
        )


def test_what_only_another_machine_needs_is_found(tmp_path):
    """pip asks conditions of the machine it runs on: what a Python 3.11.2 or a machine with ARM needs would lack there."""
    wheel(tmp_path, "broker", 'waiting>=4.0.3; python_full_version < "3.11.3"', 'fast>=1; extra == "quick"')
    wheel(
        tmp_path, "fast", 'arm_only; platform_machine == "aarch64"', "broker", 'told; sys_platform == "win32"'
    )
    wheel(tmp_path, "plain", 'never; extra == "quick"')
    needs = bundle.needs_of(tmp_path)

    def lack(python, arch, *wanted):
        return [bundle.lacking(wanted, needs, machine) for machine in bundle.machines(python, arch)]

    assert lack("3.11", "x86_64", "broker[quick]", "plain") == [["waiting>=4.0.3"], []]
    assert lack("3.11", "aarch64", "broker[quick]") == [["arm_only", "waiting>=4.0.3"], ["arm_only"]]
    assert lack("3.12", "x86_64", "broker[quick]>=1") == [[], []]
    assert lack("3.12", "x86_64", "gone==2", "broker") == [["gone==2"], ["gone==2"]]


def test_version_is_one():
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    assert bundle.version() == VERSION
    assert f'version = "{VERSION}"' in project


def test_checksums_are_those_of_sha256sum(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "文件.txt").write_bytes(b"abc")
    (tmp_path / "SHA256SUMS").write_text(bundle.checksums(tmp_path))

    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, capture_output=True
    )

    assert (tmp_path / "SHA256SUMS").read_text() == f"{hashlib.sha256(b'abc').hexdigest()}  a/文件.txt\n"
    assert done.returncode == 0


@pytest.fixture
def unpacked(tmp_path):
    """As on the other machine, with nothing but the version in it."""
    folder = tmp_path / "unpacked"
    (folder / "code" / "tracker").mkdir(parents=True)
    (folder / "code" / "tracker" / "version.py").write_text('VERSION = "9.9.9"\n')
    shutil.copy(SCRIPT, folder / "install.sh")
    (folder / "SHA256SUMS").write_text(bundle.checksums(folder))
    return folder


def install(folder, *options, home):
    words = [
        "sh",
        str(folder / "install.sh"),
        "--home",
        str(home),
        "--data",
        str(home / "data"),
        "--no-systemd",
        *options,
    ]
    return subprocess.run(words, capture_output=True, text=True, timeout=400)


def change(folder):
    (folder / "code" / "tracker" / "version.py").write_text('VERSION = "6.6.6"\n')


@pytest.mark.parametrize(
    ("harm", "options", "code", "words"),
    [
        (lambda f: (f / "SHA256SUMS").unlink(), (), 1, "安装包不完整："),
        (change, (), 1, "安装包的文件与校验值不符，请重新拷贝安装包。"),
        (lambda f: None, ("--back",), 1, "没有上一个版本可以退回"),
        (lambda f: None, ("--colour",), 2, "不认识的参数：--colour"),
    ],
)
def test_refused_before_anything_is_written(unpacked, tmp_path, harm, options, code, words):
    harm(unpacked)

    done = install(unpacked, *options, home=tmp_path / "home")

    assert done.returncode == code
    assert done.stderr.splitlines()[-1].startswith(words)
    assert not (tmp_path / "home").exists()


def test_whole_bundle_installs_without_a_network(tmp_path, full_proof):
    if not full_proof or shutil.which("unshare") is None:
        pytest.skip(
            "PROOF=1 builds a bundle from the package index and installs it in a space without a network"
        )
    made = [
        sys.executable,
        str(ROOT / "deploy" / "bundle.py"),
        "--arch",
        "x86_64",
        "--out",
        str(tmp_path / "dist"),
    ]
    subprocess.run(made, check=True, timeout=600, capture_output=True)
    with tarfile.open(next((tmp_path / "dist").glob("*.tar.gz"))) as tar:
        tar.extractall(tmp_path, filter="data")
    folder = next(tmp_path.glob("rectification-tracker-*"))
    home = tmp_path / "home"
    words = [
        "unshare",
        "--net",
        "--map-root-user",
        "env",
        "-i",
        "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    ]
    words += [
        "LANG=C.UTF-8",
        "sh",
        str(folder / "install.sh"),
        "--home",
        str(home),
        "--data",
        str(home / "data"),
    ]
    words += ["--user", "root", "--no-systemd", "--python", sys.executable]

    done = subprocess.run(words, capture_output=True, text=True, timeout=600)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"已安装 {VERSION}。")
    made = subprocess.run(
        [str(home / "tracker"), "create_admin", "admin", "--unit", "云岭县"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert made.stdout.startswith("已建立系统管理员"), made.stderr
