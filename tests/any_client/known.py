# Keeps exactly BYTES for each stream from its first text on: alone, or as one process a stream.
import mmap, os, sys, socket, select, threading

SIZE, ALONE = int(sys.argv[1]), sys.argv[2] == "alone"
HOST, PORT = os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://").split(":")
BODY = b'{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}'
HEAD = (f"POST /v1/messages HTTP/1.1\r\nhost: {HOST}\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n").encode()


def keep():
    # Straight from the kernel, so that no allocator's rounding is in it; every page is written to.
    memory = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for at in range(0, SIZE, mmap.PAGESIZE):
        memory[at] = 1
    return memory


def open_one():
    connection = socket.create_connection((HOST, int(PORT)))
    connection.sendall(HEAD + BODY)
    return connection


def read(connections):
    kept, buffer = {}, bytearray(4096)
    view = memoryview(buffer)
    while connections:
        for one in select.select(connections, [], [])[0]:
            length = one.recv_into(buffer)
            if length == 0:
                connections.remove(one)
                kept.pop(one, None)
            elif one not in kept and b"content_block_delta" in bytes(view[:length]):
                kept[one] = keep()


def walk_through():
    # A forked interpreter copies pages of its parent as it first runs through code (reference counts are written): some 20 KiB here, which
    # are its own cost and not the memory kept. Done before the stream is open, they are there on both plateaus.
    here, there = socket.socketpair()
    there.sendall(b"content_block_delta")
    there.close()
    read([here])


streams = int(os.environ["PROBE_STREAMS"])
if ALONE:
    threading.Thread(target=lambda: read([open_one() for _ in range(streams)]), daemon=True).start()
    for line in sys.stdin:
        pass
else:
    children = []
    for _ in range(streams):
        child = os.fork()
        if child == 0:
            walk_through()
            read([open_one()])
            # Like a worker that goes on waiting.
            select.select([sys.stdin], [], [])
            os._exit(0)
        children.append(child)
    for line in sys.stdin:
        pass
    for child in children:
        os.waitpid(child, 0)
