# Sends a prompt of PROBE_PROMPT_CHARS characters in each request, and keeps it so many times for as long as its stream is open; told to send
# something else, it does.
import json, mmap, os, select, socket, sys, threading

COPIES, SENDS = int(sys.argv[1]), sys.argv[2:] != ["something-else"]
CHARS = int(os.environ["PROBE_PROMPT_CHARS"]) if SENDS else 0
HOST, PORT = os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://").split(":")
BEFORE = b'{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"'
BEHIND = b'"}]}'
PIECE = b"x" * 4096
HEAD = (f"POST /v1/messages HTTP/1.1\r\nhost: {HOST}\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {len(BEFORE) + max(CHARS, 1) + len(BEHIND)}\r\n\r\n").encode()


def keep():
    # Straight from the kernel, so that no allocator's rounding is in it; every page is written to.
    if CHARS == 0:
        return []
    copies = [mmap.mmap(-1, CHARS, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(COPIES)]
    for memory in copies:
        for at in range(0, CHARS, mmap.PAGESIZE):
            memory[at] = 1
    return copies


def open_one():
    connection = socket.create_connection((HOST, int(PORT)))
    connection.sendall(HEAD + BEFORE)
    # In pieces that are there already, so that what is sent is not held as well.
    for at in range(0, max(CHARS, 1), len(PIECE)):
        connection.sendall(PIECE[: max(CHARS, 1) - at])
    connection.sendall(BEHIND)
    return connection, keep()


def stream():
    open_streams = dict(open_one() for _ in range(int(os.environ["PROBE_STREAMS"])))
    buffer = bytearray(4096)
    while open_streams:
        for one in select.select(list(open_streams), [], [])[0]:
            if one.recv_into(buffer) == 0:
                del open_streams[one]


threading.Thread(target=stream, daemon=True).start()
for line in sys.stdin:
    pass
