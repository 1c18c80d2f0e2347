"""Clients that mean harm to the status page of a program: what must not slow its job."""

import contextlib
import random
import socket
import struct
import threading
import time

SLOW_SOCKETS = 200
GARBAGE_REQUESTS = 10_000
HEADER_BYTES = 1_000_000
PIPELINED = 200
FLOOD_SOCKETS = 100
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: a close that drops what was not sent

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def garbage(chance):
    """A request of which a byte is wrong, or the beginning of one and bytes of chance."""
    if chance.random() < 0.5:
        text = bytearray(REQUEST)
        text[chance.randrange(len(text))] = chance.randrange(256)
        return bytes(text)
    return REQUEST[: chance.randrange(len(REQUEST))] + chance.randbytes(chance.randrange(200))


class Attack:
    """An attack of some seconds, on threads of its own. `done` has how often each kind came."""

    KINDS = ("slow", "garbage", "headers", "pipelines", "early_closes")

    def __init__(self, port, seconds, seed=1, kinds=KINDS):
        self.port, self.seconds, self.seed = port, seconds, seed
        self.done = dict.fromkeys(kinds, 0)
        self.end = time.monotonic() + seconds
        self.threads = [threading.Thread(target=self.repeat, args=(kind,)) for kind in kinds]
        for thread in self.threads:
            thread.start()

    def wait(self):
        for thread in self.threads:
            thread.join()

    def repeat(self, kind):
        step = getattr(self, kind)()
        while time.monotonic() < self.end and next(step, None) is not None:
            self.done[kind] += 1
        step.close()

    def slow(self):
        """200 sockets, each of which sends a byte a second, and comes again when it is closed."""
        sockets = [None] * SLOW_SOCKETS
        try:
            while True:
                for index, one in enumerate(sockets):
                    try:
                        if one is None:
                            sockets[index] = connect(self.port)
                            sockets[index].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: ")
                        else:
                            one.sendall(b"x")
                    except OSError:
                        if sockets[index] is not None:
                            sockets[index].close()
                        sockets[index] = None
                    time.sleep(1 / SLOW_SOCKETS)
                    yield True
        finally:
            for one in sockets:
                if one is not None:
                    one.close()

    def garbage(self):
        """10,000 requests over the time of the attack."""
        chance = random.Random(self.seed)
        begin = time.monotonic()
        for number in range(GARBAGE_REQUESTS):
            with contextlib.suppress(OSError), connect(self.port) as one:
                one.sendall(garbage(chance))
                if number % 2:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            time.sleep(max(0, begin + number * self.seconds * 0.9 / GARBAGE_REQUESTS - time.monotonic()))
            yield True

    def headers(self):
        while True:
            with contextlib.suppress(OSError), connect(self.port) as one:
                one.sendall(b"GET / HTTP/1.1\r\nA: " + b"x" * HEADER_BYTES)
            time.sleep(0.2)
            yield True

    def pipelines(self):
        """Many requests at once, whose answers are read in part."""
        while True:
            with contextlib.suppress(OSError), connect(self.port) as one:
                one.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * PIPELINED)
                one.recv(1000)
            time.sleep(0.2)
            yield True

    def flood(self):
        """Sockets that send whole requests, many at once, and come again when they have an answer."""
        sockets = []
        try:
            while True:
                with contextlib.suppress(OSError):
                    sockets.append(connect(self.port))
                    sockets[-1].sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * PIPELINED)
                if len(sockets) >= FLOOD_SOCKETS:
                    with contextlib.suppress(OSError), sockets.pop(0) as one:
                        one.recv(1000)
                yield True
        finally:
            for one in sockets:
                one.close()

    def early_closes(self):
        while True:
            with contextlib.suppress(OSError), connect(self.port) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            time.sleep(0.02)
            yield True
