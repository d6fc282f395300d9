"""A real mail server on loopback that accepts, refuses, drops or hangs, as a test asks."""

import asyncio
import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.processes import free_port


class Post:
    """What arrived, and how the server behaves: accept, refuse (each recipient), reject (each letter), drop, hang."""

    def __init__(self) -> None:
        self.manner = "accept"
        self.refused: set[str] = set()
        self.letters: list[EmailMessage] = []
        self.port = free_port()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.manner == "refuse" or address in self.refused:
            return "550 5.1.1 no such mailbox"
        if self.manner == "drop":
            server.transport.close()
            return "421 closing"
        if self.manner == "hang":
            await asyncio.sleep(30)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.manner == "reject":
            return "554 5.7.1 rejected"
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    @property
    def addresses(self) -> list[str]:
        return sorted(str(letter["To"]) for letter in self.letters)


@contextmanager
def post_office() -> Iterator[Post]:
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop(no_assert=True)
