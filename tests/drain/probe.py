#!/usr/bin/env python3
"""What the kubelet does: a probe every --seconds on a connection of its own, of each replica.

It goes to the replica itself, not through the balancer: from the replica's start to its end,
whether routing has moved or not (`remove` changes nothing). Such probes are no clients: none of
them counts as a request or as a failure. The summary says how many were answered.
"""

import asyncio

import clients


class Probes(clients.Run):
    def __init__(self, options):
        super().__init__(options.endpoints, options.seed)
        self.seconds = options.seconds
        self.answers = 0
        self.probed = set()

    def obey(self, line):
        if not line.startswith("remove "):
            super().obey(line)

    async def watch(self):
        """Begins to probe each replica that is added."""
        probing = []
        while await self.pause(0.1):
            for endpoint in set(self.endpoints) - self.probed:
                self.probed.add(endpoint)
                probing.append(asyncio.create_task(self.probe_for_ever(endpoint)))
        await asyncio.gather(*probing)

    async def probe_for_ever(self, endpoint):
        await self.pause(self.random.uniform(0, self.seconds))
        while True:
            try:
                async with asyncio.timeout(1):
                    self.answers += await probe(endpoint)
            except (OSError, TimeoutError):
                pass  # it starts, or is gone
            if not await self.pause(self.seconds):
                return

    def summary(self):
        clients.emit("probes", answers=self.answers)
        super().summary()


async def probe(endpoint):
    """Whether it is well."""
    host, _, port = endpoint.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET / HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return b" 200 " in answer.partition(b"\r\n")[0]


async def main():
    parser = clients.parser_of(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    run = Probes(parser.parse_args())
    await clients.drive(run, [run.watch()])


if __name__ == "__main__":
    asyncio.run(main())
