#!/usr/bin/env python3
# Prints each event of a stream, put together by hand from the lines of a library: lines.py URL NAME
import asyncio, json, sys

url, name = sys.argv[1:]
fields = {}


def take(line):
    if line == "":
        if "data" in fields:
            event = {"type": fields.get("event", "message"), "data": fields["data"], "id": fields.get("id")}
            print(json.dumps(event), flush=True)
        fields.clear()
        return
    field, _, value = line.partition(":")
    value = value[1:] if value.startswith(" ") else value
    fields[field] = fields[field] + "\n" + value if field == "data" and "data" in fields else value


def by_requests():
    import requests

    answer = requests.get(url, stream=True, headers={"Accept": "text/event-stream"})
    for line in answer.iter_lines(chunk_size=None):
        take(line.decode())


def by_httpx():
    import httpx

    with httpx.stream("GET", url, headers={"Accept": "text/event-stream"}, timeout=None) as answer:
        for line in answer.iter_lines():
            take(line.rstrip("\r\n"))


async def by_aiohttp():
    import aiohttp

    async with aiohttp.ClientSession(read_bufsize=1 << 20) as session:
        async with session.get(url, headers={"Accept": "text/event-stream"}) as answer:
            async for line in answer.content:
                take(line.decode().rstrip("\r\n"))


if name == "requests":
    by_requests()
elif name == "httpx":
    by_httpx()
else:
    asyncio.run(by_aiohttp())
