"""httpx, asynchronous, with the lines of the event stream parsed here."""

import asyncio
import gc
import json
import os
import sys

import httpx

STREAMS = int(os.environ.get("PROBE_STREAMS", "1"))
RETAIN = os.environ.get("PROBE_RETAIN") == "1"
PROMPT_CHARS = int(os.environ.get("PROBE_PROMPT_CHARS", "0"))
# These are httpx's own: at most 100 connections, 20 of them kept when they are idle.
LIMITS = httpx.Limits(max_connections=int(os.environ.get("PROBE_POOL", "100")), max_keepalive_connections=20)
# httpx itself waits 5 s, which a silent stream, or one that waits for a connection, outlasts; this is what the official SDK sets.
TIMEOUT = httpx.Timeout(600, connect=5)
URL = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
HEADERS = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"}
REQUEST = {
    "model": os.environ.get("PROBE_MODEL", "claude-sonnet-5-5"),
    "max_tokens": int(os.environ.get("PROBE_MAX_TOKENS", "64000")),
    "stream": True,
}


def message():
    """A message of the stream's own, of so many characters; it stays with the request until the answer has come to its end."""
    return {"role": "user", "content": "Write a long text.".ljust(PROMPT_CHARS, ".")}


async def read(client):
    """Retaining, keeps every delta's text as a string of its own."""
    kept, characters, last = [], 0, None
    request = {**REQUEST, "messages": [message()]}
    async with client.stream("POST", URL, headers=HEADERS, json=request) as response:
        if response.status_code != 200:
            raise OSError(f"HTTP {response.status_code}: {(await response.aread()).decode()}")
        async for line in response.aiter_lines():
            if not line.startswith("data:"):
                continue
            # Every event of this API is one `data:` line, whose JSON says the event's type once more.
            event = json.loads(line[5:])
            if event["type"] == "error":
                raise OSError(event["error"])
            delta = event.get("delta", {})
            text = delta.get("text") or delta.get("thinking") or delta.get("partial_json") or ""
            if RETAIN:
                kept.append(text)
            else:
                characters += len(text)
            last = event["type"]
    if last != "message_stop":
        raise EOFError(f"the stream ended after {last}")
    return characters


async def stream(client):
    try:
        await read(client)
    except Exception as error:
        print(f"python-httpx: a stream failed: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)


async def orders():
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    async for line in reader:
        yield line.decode().strip()


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def main():
    client = httpx.AsyncClient(limits=LIMITS, timeout=TIMEOUT)
    tasks = set()  # The event loop holds its tasks weakly.
    async for order in orders():
        if order == "open":
            for _ in range(STREAMS):
                task = asyncio.create_task(stream(client))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        elif order == "collect":
            gc.collect()
            print("collected", flush=True)
        elif order == "report":
            print("rss", resident_bytes(), flush=True)
    # Streams may still be open; the end of the input ends them.
    os._exit(0)


asyncio.run(main())
