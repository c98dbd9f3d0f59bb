#!/usr/bin/env python3
"""Echoes what gRPC calls (one message, or a stream) and WebSockets send, on two unix sockets."""

import argparse
import asyncio
import contextlib

import grpc
import websockets.asyncio.server
from websockets.exceptions import ConnectionClosed

SERVICE = "lastcall.Echo"


async def unary(message, _context):
    return message


async def stream(messages, _context):
    async for message in messages:
        yield message


async def websocket(connection):
    with contextlib.suppress(ConnectionClosed):  # of a connection that the router cuts
        async for message in connection:
            await connection.send(message)


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grpc", required=True, metavar="PATH", help="a unix socket")
    parser.add_argument("--websocket", required=True, metavar="PATH", help="a unix socket")
    options = parser.parse_args()

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Stream": grpc.stream_stream_rpc_method_handler(stream),
    }),))
    server.add_insecure_port("unix:" + options.grpc)
    await server.start()
    async with websockets.asyncio.server.unix_serve(websocket, options.websocket):
        print("serving", flush=True)
        await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())
