"""A child that dies, hangs, eats memory or answers nonsense is a refused file, never a dead worker."""

import datetime as dt
import signal
import time
from pathlib import Path

import pytest

from accounts.files.child import Child, ChildFailed, Limits, run_in_child
from accounts.files.refusal import Refusal
from tests.accounts.files.targets import Point

HERE = "tests.accounts.files.targets"
QUICK = Limits(cpu=1, wall=30, memory=150_000_000, result=1_000_000)
IMPATIENT = Limits(wall=1)
FAILURES = {
    "memory": ("eat_memory", (), "child_memory"),
    "spin": ("spin", (), "child_cpu"),
    "hang": ("sleep", (), "child_hang"),
    "killed": ("die", (int(signal.SIGKILL),), "child_crash"),
    "segfault": ("die", (int(signal.SIGSEGV),), "child_crash"),
    "abort": ("abort", (), "child_memory"),
    "silent_exit": ("leave", (), "child_crash"),
    "garbage": ("write_garbage", (), "child_garbage"),
    "half_an_answer": ("write_half", (), "child_crash"),
    "too_much": ("big", (), "child_result"),
    "exception": ("fail", (), "child_broken"),
    "opaque_class": ("opaque", (), "child_garbage"),
    "foreign_class": ("fraction", (), "child_garbage"),
    "code_in_answer": ("evil_reduce", (), "child_garbage"),
    "no_such_function": ("nothing", (), "child_broken"),
    "files": ("many_files", (), "child_broken"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_child_that_fails_is_a_refusal_with_a_sentence(case):
    function, args, code = FAILURES[case]

    with pytest.raises(ChildFailed) as caught:
        run_in_child(f"{HERE}:{function}", *args, limits=IMPATIENT if case == "hang" else QUICK)

    assert caught.value.code == code
    assert caught.value.message.endswith("。")
    assert caught.value.seconds > 0


def test_code_in_an_answer_is_never_run():
    marker = Path("/tmp/evil-marker")

    with pytest.raises(ChildFailed):
        run_in_child(f"{HERE}:evil_reduce", limits=QUICK)

    assert not marker.exists()


def test_file_larger_than_permitted_is_not_written(tmp_path):
    with pytest.raises(ChildFailed):
        run_in_child(f"{HERE}:write_file", str(tmp_path / "big"), 5_000, limits=Limits(file_size=1_000))

    assert (tmp_path / "big").stat().st_size <= 1_000


def test_nothing_of_the_child_survives(tmp_path):
    outcome = run_in_child(f"{HERE}:leave_grandchild", str(tmp_path / "late"), limits=QUICK)

    time.sleep(2.5)

    assert outcome.value == "parent done"
    assert not (tmp_path / "late").exists()


def test_answer_comes_back_with_what_it_cost():
    outcome = run_in_child(f"{HERE}:add", 2, 3)

    assert outcome.value == 5
    assert 0 < outcome.seconds < 10
    assert 5 < outcome.memory_mb < 60


@pytest.mark.parametrize(
    "value",
    [
        None,
        "𠮷",
        1.5,
        [1, {"a": (2, b"x")}],
        dt.date(2021, 12, 31),
        dt.datetime(2021, 1, 1, 9, 0),  # noqa: DTZ001
        dt.time(9, 30),
    ],
)
def test_plain_values_and_dates_come_back_the_same(value):
    assert run_in_child(f"{HERE}:give", value).value == value


def test_dataclasses_come_back():
    assert run_in_child(f"{HERE}:point", 4).value == Point(4, [4])


def test_yielded_values_come_one_by_one():
    child = Child(f"{HERE}:count", (3,), {}, QUICK)
    try:
        assert list(child.answers()) == [0, 1, 2, None]
    finally:
        child.end()
    assert run_in_child(f"{HERE}:count", 3).items == (0, 1, 2)


def test_refusal_of_the_function_passes_through():
    with pytest.raises(Refusal) as caught:
        run_in_child(f"{HERE}:refuse")

    assert (type(caught.value), caught.value.code, caught.value.message) == (
        Refusal,
        "chosen",
        "这是一句话。",
    )


def test_noise_on_standard_output_is_no_answer():
    assert run_in_child(f"{HERE}:chatter").value == 1


def test_child_knows_neither_framework_nor_domain():
    assert run_in_child(f"{HERE}:modules").value == []


def test_arguments_larger_than_a_pipe_arrive():
    assert run_in_child(f"{HERE}:add", b"x" * 500_000, b"y").value == b"x" * 500_000 + b"y"
