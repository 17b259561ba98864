# Keeps exactly BYTES for each stream from its first text on: alone, or as one process a stream.
import mmap, os, signal, sys, socket, select, threading
from api import REQUEST, connect

SIZE, ALONE = int(sys.argv[1]), sys.argv[2] == "alone"


def keep():
    # Straight from the kernel, so that no allocator's rounding is in it; every page is written to.
    memory = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for at in range(0, SIZE, mmap.PAGESIZE):
        memory[at] = 1
    return memory


def open_one():
    connection = connect()
    connection.sendall(REQUEST)
    return connection


def read(connections):
    kept, buffer = {}, bytearray(4096)
    while connections:
        for one in select.select(connections, [], [])[0]:
            length = one.recv_into(buffer)
            if length == 0:
                connections.remove(one)
                kept.pop(one, None)
            # Found in place: a copy would be written to wherever the allocator has room, which in some layouts is a page not yet written to.
            elif one not in kept and buffer.find(b"content_block_delta", 0, length) >= 0:
                kept[one] = keep()


def walk_through():
    # What the interpreter allocates as it first runs through code is there before the stream is open.
    here, there = socket.socketpair()
    there.sendall(b"content_block_delta".ljust(4096))
    there.close()
    read([here])


def own(child):
    # A forked interpreter writes reference counts, so that it copies its parent's pages one by one as it comes to them; which ones, and so
    # when, depends on the layout of its heap, down to the length of the environment. That is its own cost, and not the memory kept: here
    # every page that it may write to is written back to it while it is stopped, before its stream is open.
    memory = os.open(f"/proc/{child}/mem", os.O_RDWR)
    with open(f"/proc/{child}/maps") as maps:
        for place, rights in (line.split()[:2] for line in maps):
            if rights == "rw-p":
                first, end = (int(address, 16) for address in place.split("-"))
                for at in range(first, end, mmap.PAGESIZE):
                    os.pwrite(memory, os.pread(memory, 1, at), at)
    os.close(memory)


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
            os.kill(os.getpid(), signal.SIGSTOP)
            read([open_one()])
            # Like a worker that goes on waiting.
            select.select([sys.stdin], [], [])
            os._exit(0)
        os.waitpid(child, os.WUNTRACED)
        own(child)
        os.kill(child, signal.SIGCONT)
        children.append(child)
    for line in sys.stdin:
        pass
    for child in children:
        os.waitpid(child, 0)
