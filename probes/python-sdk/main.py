"""The official Python SDK: `messages.create(stream=True)`, or `messages.stream()` with the argument `helper`."""

import asyncio
import gc
import os
import sys

from anthropic import AsyncAnthropic

STREAMS = int(os.environ.get("PROBE_STREAMS", "1"))
RETAIN = os.environ.get("PROBE_RETAIN") == "1"
PROMPT_CHARS = int(os.environ.get("PROBE_PROMPT_CHARS", "0"))
HELPER = sys.argv[1:] == ["helper"]
REQUEST = {
    "model": os.environ.get("PROBE_MODEL", "claude-sonnet-5-5"),
    "max_tokens": int(os.environ.get("PROBE_MAX_TOKENS", "64000")),
}


def message():
    """A message of the stream's own, of so many characters; it stays with the request until the answer has come to its end."""
    return {"role": "user", "content": "Write a long text.".ljust(PROMPT_CHARS, ".")}


async def read_events(client):
    """Retaining, keeps every event as the SDK parsed it."""
    kept, characters, last = [], 0, None
    messages = [message()]
    async for event in await client.messages.create(**REQUEST, messages=messages, stream=True):
        if RETAIN:
            kept.append(event)
        elif event.type == "content_block_delta" and event.delta.type == "text_delta":
            characters += len(event.delta.text)
        last = event.type
    if last != "message_stop":
        raise EOFError(f"the stream ended after {last}")
    return characters


async def read_helper(client):
    """Retaining, keeps every piece of text; the helper builds the whole message besides, whatever is done with the pieces."""
    kept, characters = [], 0
    messages = [message()]
    async with client.messages.stream(**REQUEST, messages=messages) as stream:
        async for text in stream.text_stream:
            if RETAIN:
                kept.append(text)
            else:
                characters += len(text)
        if (await stream.get_final_message()).stop_reason is None:
            raise EOFError("the stream ended before its message did")
    return characters


async def stream(client):
    try:
        await (read_helper if HELPER else read_events)(client)
    except Exception as error:
        # The SDK's own "Connection error." does not say which.
        reason = error.__cause__ or error
        print(f"python-sdk: a stream failed: {type(reason).__name__}: {reason}", file=sys.stderr)
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
    # The SDK itself reads ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY. It would repeat a request that failed; here a failure is to be seen.
    client = AsyncAnthropic(max_retries=0)
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
