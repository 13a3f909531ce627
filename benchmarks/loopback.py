"""Talking to a server as fast as a script can: raw HTTP/1.1 on a few kept connections."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1"]
    sized = headers | ({"Content-Length": str(len(body))} if body or method == "POST" else {})
    lines += [f"{name}: {value}" for name, value in sized.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def send_all(port: int, requests: Sequence[bytes], *, connections: int = 8) -> list[Answer]:
    """Send every request once, over `connections` sockets; return the answers in order."""
    answers: list[Answer | None] = [None] * len(requests)
    waiting = iter(enumerate(requests))

    async def run() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at, data in waiting:
            writer.write(data)
            answers[at] = await _read(reader)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(run() for _ in range(connections)))
    return [answer for answer in answers if answer is not None]


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    size = next((int(x[15:]) for x in lines if x.lower().startswith("content-length:")), 0)
    return Answer(int(first.split()[1]), await reader.readexactly(size))
