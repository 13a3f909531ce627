"""Two hundred servers in one process: whatever arrives at any address of 127.0.1.0/24 gets 202.

Run as `python -m benchmarks.sink PORT`; GET /count tells how many came and when the last did.
"""

import asyncio
import json
import sys
import time


class Sink(asyncio.Protocol):
    """One connection."""

    arrived = 0
    last = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            size = next(
                (
                    int(line[15:])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            if len(rest) < size:
                return
            self.buffer = rest[size:]
            if head.startswith(b"GET /count"):
                body = json.dumps({"arrived": Sink.arrived, "last": Sink.last}).encode()
                self.transport.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
                )
                continue
            Sink.arrived += 1
            Sink.last = time.time()
            self.transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")


async def main(port: int) -> None:
    """Listen until the parent ends this process, ten minutes at most."""
    addresses = ["127.0.0.1", *(f"127.0.1.{number}" for number in range(1, 255))]
    server = await asyncio.get_running_loop().create_server(Sink, addresses, port, backlog=512)
    async with server:
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
