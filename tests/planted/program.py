"""A program of weir that runs with its status page."""

import json
import os
import re
import subprocess
import threading
import time
import urllib.request

START_SECONDS = 60  # on a machine that does much else


class Program:
    def __init__(self, *command):
        self.process = subprocess.Popen(
            [*command, "--http", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said = ""
        self.changed = threading.Condition()
        for stream in (self.process.stdout, self.process.stderr):
            threading.Thread(target=self.listen, args=(stream,), daemon=True).start()
        self.port = int(self.wait_for(r"^status page: http://127\.0\.0\.1:(\d+)/$"))
        self.url = f"http://127.0.0.1:{self.port}/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def listen(self, stream):
        for line in stream:
            with self.changed:
                self.said += line
                self.changed.notify_all()

    def wait_for(self, pattern):
        """The first group of what it says."""
        found = lambda: re.search(pattern, self.said, re.MULTILINE)
        with self.changed:
            if not self.changed.wait_for(found, START_SECONDS):
                raise RuntimeError(f"{self.process.args[0]} does not say {pattern}, but: {self.said}")
            return found()[1]

    def planted_on(self):
        return int(self.wait_for(r"^planted on worker (\d+)$"))

    def runs(self):
        return self.process.poll() is None

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def answers(self, path):
        try:
            self.get(path)
        except OSError:
            return False
        return True

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def status(self):
        return json.loads(self.get("dataflow"))


def comes_true(condition, seconds):
    """Whether a condition becomes true in time."""
    end = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return true
