#!/usr/bin/env python3
"""The policy engine: Envoy asks it about every request, through ext_proc on a unix socket.

A request whose path starts with /python is passed on to the python executor, whose answer is added
to the request as the header x-python-policy. All others are let through as they are.
"""

import argparse
import asyncio

import grpc
from envoy.service.ext_proc.v3.external_processor_pb2 import ProcessingRequest, ProcessingResponse

from graceful import serve_until_terminated

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
EXECUTE = "/lastcall.PythonExecutor/Execute"
PYTHON_PATH = b"/python"
PYTHON_HEADER = "x-python-policy"

LET_THROUGH = ProcessingResponse(request_headers={}).SerializeToString()


def path_of(request):
    headers = request.request_headers.headers.headers
    return next(header.raw_value for header in headers if header.key == ":path")


def add_header(name, value):
    header = {"key": name, "raw_value": value}
    mutation = {"header_mutation": {"set_headers": [{"header": header}]}}
    return ProcessingResponse(request_headers={"response": mutation}).SerializeToString()


def process_with(execute):
    async def process(requests, _context):
        """One stream is one request of a client; its headers are the only message."""
        async for request in requests:
            path = path_of(request)
            if path.startswith(PYTHON_PATH):
                yield add_header(PYTHON_HEADER, await execute(path))
            else:
                yield LET_THROUGH

    return process


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", required=True, metavar="PATH", help="the unix socket")
    parser.add_argument("--python-executor", required=True, metavar="PATH", help="its socket")
    options = parser.parse_args()

    executor = grpc.aio.insecure_channel("unix:" + options.python_executor)
    process = grpc.stream_stream_rpc_method_handler(
        process_with(executor.unary_unary(EXECUTE)),
        request_deserializer=ProcessingRequest.FromString,
    )
    server = grpc.aio.server()
    methods = {"Process": process}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    await serve_until_terminated(server, options.listen)


if __name__ == "__main__":
    asyncio.run(main())
