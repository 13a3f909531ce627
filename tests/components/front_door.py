"""A door before a server that lets everything through and keeps a list of who knocked."""

import http.client
import http.server
import json
import threading
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Knocked:
    """One delivery that came to this door: to which inbox, by whose key, and what was answered."""

    path: str
    key_id: str
    status: int
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """What was brought."""
        return cast(dict[str, Any], json.loads(self.body))


class FrontDoor:
    """A port that passes on to another. `is_shut`: who knocks is cut off, and still counted."""

    def __init__(self) -> None:
        self.knocked: list[Knocked] = []
        self.in_vain = 0
        self.is_shut = False
        self.behind = 0  # the port of the server behind it
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """Nobody comes in any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _pass_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if door.is_shut:
                    door.in_vain += 1
                    self.close_connection = True
                    return
                headers = dict(self.headers.items())
                headers["Connection"] = "close"
                try:
                    status, given, content = door._pass_on(self.command, self.path, headers, body)
                except (OSError, http.client.HTTPException):
                    self.close_connection = True  # as if the server itself had answered: not
                    return
                if self.path.endswith("/inbox"):
                    by = headers.get("Signature") or headers.get("signature", "")
                    by += headers.get("Signature-Input") or headers.get("signature-input", "")
                    door.knocked.append(Knocked(self.path, key_of(by), status, body))
                self.send_response_only(status)
                for name, value in given:
                    if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = pass_on

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def key_of(signature: str) -> str:
    """Return the id of the key in either dialect of signatures."""
    after = signature.partition('keyId="')[2] or signature.partition('keyid="')[2]
    return after.partition('"')[0]
