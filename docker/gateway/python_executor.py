#!/usr/bin/env python3
"""The python executor: runs policies that are written in Python, for the policy engine.

A gRPC server on a unix socket with one method, bytes in and bytes out: the path of a request in,
the value of the header that the policy sets out.
"""

import argparse
import asyncio
import hashlib

import grpc

from graceful import serve_until_terminated

SERVICE = "lastcall.PythonExecutor"


async def execute(path, _context):
    """The one policy there is: a fingerprint of the path."""
    return hashlib.sha256(path).hexdigest()[:16].encode()


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", required=True, metavar="PATH", help="the unix socket")
    socket_path = parser.parse_args().listen

    server = grpc.aio.server()
    methods = {"Execute": grpc.unary_unary_rpc_method_handler(execute)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    await serve_until_terminated(server, socket_path)


if __name__ == "__main__":
    asyncio.run(main())
