"""The page and the events of a made-up run, served as weir serves them."""

import http.server
import json
import pathlib
import socket
import threading

PAGE = pathlib.Path(__file__).resolve().parents[2] / "src" / "page"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, scene, port, history, interval):
        super().__init__(("127.0.0.1", port), Handler)
        self.scene, self.history, self.interval = scene, history, interval
        self.answers = True  # else it takes no connection for events
        self.stopped = threading.Event()

    def handle_error(self, request, client_address):
        pass  # a browser that leaves


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = "/page.html" if self.path == "/" else self.path
        file = PAGE / path[1:]
        if path == "/events":
            self.send_events()
        elif path == "/dataflow":
            self.send("application/json", json.dumps(self.server.scene(0)).encode())
        elif file.parent == PAGE and file.suffix in TYPES and file.is_file():
            self.send(TYPES[file.suffix], file.read_bytes())
        else:
            self.send_error(404)

    def send(self, content_type, body):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def send_events(self):
        if not self.server.answers:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        second = 0
        while self.server.answers:
            status = self.server.scene(second)
            self.wfile.write(b"event: status\ndata: " + json.dumps(status).encode() + b"\n\n")
            second += 1
            if status["phase"] == "ended":
                break
            if second > self.server.history and self.server.stopped.wait(self.server.interval):
                break
        self.close_connection = True

    def log_message(self, *arguments):
        pass


def serve(scene, port=0, history=0, interval=1.0):
    """`scene` makes the status of a second. The first `history` of them are sent at once."""
    return Server(scene, port, history, interval)
