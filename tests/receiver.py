"""A real web server on loopback in the place of a group robot: accepts, refuses, errs in a 200, hangs, drops, drips."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What was posted, and how the server behaves. `answer` is the body of a 200."""

    def __init__(self) -> None:
        self.manner = "accept"
        self.answer = '{"errcode": 0, "errmsg": "ok"}'
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.over = threading.Event()

    @property
    def texts(self) -> list[str]:
        found = [json.loads(body) for _, _, body in self.posts]
        return [
            one["text"] if isinstance(one.get("text"), str) else (one.get("text") or one["content"]).get("content")
            or one["content"]["text"]
            for one in found
        ]  # fmt: skip


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append((self.path, dict(self.headers), body))
            manner = receiver.manner
            if manner == "hang":
                receiver.over.wait(30)
            if manner in ("drop", "hang"):
                self.close_connection = True
                self.connection.close()
                return
            status = {"refuse": 503, "redirect": 302}.get(manner, 200)
            self.send_response(status)
            if manner == "redirect":
                self.send_header("Location", "/elsewhere")
            content = receiver.answer.encode()
            self.send_header("Content-Length", str(len(content) * (1000 if manner == "drip" else 1)))
            self.end_headers()
            while manner == "drip" and not receiver.over.wait(0.05):
                self.wfile.write(b" ")
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
