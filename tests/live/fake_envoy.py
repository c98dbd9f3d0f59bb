"""An Envoy that does nothing but its admin, in the way its last arguments say.

    fake_envoy.py SOCKET MODE [what lastcall adds]

ok; refused: nobody listens; frozen: accepts and never answers; status-503: to the drain; garbage;
hidden: no statistics; busy: one request is never finished; dies: exits at the first look during
the wait. Stands still on TERM no longer than a real one: it exits at once."""

import json
import os
import signal
import socket
import sys
import threading

INFO = json.dumps({"state": "LIVE", "command_line_options": {"drain_strategy": "Immediate",
                                                             "drain_time": "600s"}})


def stats(active):
    names = {"rq_active": active, "rq_total": 9, "cx_upgrades_active": 0,
             "cx_active": 0, "cx_http1_active": 0,
             "cx_http1_total": 3, "cx_http2_total": 0, "cx_http3_total": 0, "cx_drain_close": 0}
    return "".join(f"http.ingress.downstream_{name}: {value}\n" for name, value in names.items())


class Admin:
    def __init__(self, mode):
        self.mode = mode
        self.drained = False

    def answer(self, method, path):
        if path.startswith("/server_info"):
            return 200, INFO
        if path.startswith("/stats"):
            if self.mode == "dies" and self.drained:
                os._exit(5)
            return 200, "" if self.mode == "hidden" else stats(int(self.mode == "busy"))
        if method == "POST" and self.mode.startswith("status-"):
            return int(self.mode[7:]), "no"
        if path.startswith("/config_dump"):
            return 200, "{}"
        print(method, path, flush=True)
        self.drained = True
        return 200, "OK\n"

    def serve(self, connection):
        method, path = connection.makefile().readline().split()[:2]
        if self.mode == "frozen":
            threading.Event().wait()
        status, body = self.answer(method, path)
        text = f"HTTP/1.1 {status} Text\r\nConnection: close\r\nContent-Length: {len(body)}" \
               f"\r\n\r\n{body}"
        if self.mode == "garbage":
            text = "\x00\x01 this is not HTTP\r\n" * 3
        connection.sendall(text.encode())
        connection.close()


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    admin = Admin(sys.argv[2])
    if admin.mode == "refused":
        print("listening", flush=True)
        threading.Event().wait()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen()
    print("listening", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=admin.serve, args=(connection,), daemon=True).start()


main()
