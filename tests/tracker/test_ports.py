import os
import socket

import pytest

from tracker import ports


@pytest.fixture
def listener():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        found.listen()
        yield found.getsockname()[1]


def test_a_listening_port_is_taken_and_its_holder_named(listener):
    assert ports.is_taken(listener)
    assert ports.holder_of(listener).startswith(f"进程 {os.getpid()}（")


def test_a_free_port_is_free_and_held_by_nobody():
    port = ports.free_port()

    assert not ports.is_taken(port)
    assert ports.holder_of(port) == ""
