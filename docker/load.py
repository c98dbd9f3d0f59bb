"""A load client (tests/load) as a child process: its commands, its progress, its summary."""

import json
import subprocess
import threading

STOP_TIMEOUT_SECONDS = 30


class Load:
    def __init__(self, command, endpoints):
        self.requests = 0
        self.failed = 0
        self.summary = None
        self.process = subprocess.Popen([*command, "--endpoints", ",".join(endpoints)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "progress":
                self.requests = event["requests"]
                self.failed = event["failed"]
            elif event["event"] == "summary":
                self.summary = event

    def add(self, endpoint):
        self._say(f"add {endpoint}")

    def remove(self, endpoint):
        self._say(f"remove {endpoint}")

    def mark(self, text):
        self._say(f"mark {text}")

    def stop(self):
        """Ends the load when the requests under way are answered. The summary of all."""
        self._say("stop")
        self.reader.join(STOP_TIMEOUT_SECONDS)
        if self.summary is None:
            raise RuntimeError("the load client ended without a summary: its output is above")
        return self.summary

    def _say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def destroy(self):
        self.process.kill()
        self.process.communicate()
