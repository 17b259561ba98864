# Sends a prompt of PROBE_PROMPT_CHARS characters in each request, and keeps it so many times for as long as its stream is open; told to send
# something else, it does.
import mmap, os, select, sys, threading
from api import BEHIND, connect, until_prompt

COPIES, SENDS = int(sys.argv[1]), sys.argv[2:] != ["something-else"]
CHARS = int(os.environ["PROBE_PROMPT_CHARS"]) if SENDS else 0
PIECE = b"x" * 4096


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
    connection = connect()
    connection.sendall(until_prompt(max(CHARS, 1)))
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
