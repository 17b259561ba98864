# Leaks what it is told to: 4 KiB a second for each open stream (second), 128 KiB for each ended one (ended) or for each whose user has hung up
# (hung-up, reads-on), in a file in memory for each ended one (file), or nothing (none). With a port it is a server that buffers, whose users' requests open the streams; else the line `open`
# does, each time anew. Of a user who hangs up it lets the stream go, or (reads-on) does not.
import mmap, os, selectors, socket, sys, threading, time
from api import REQUEST, connect

LEAKS, PORT = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
selector, kept, ticking, unsent, gone = selectors.DefaultSelector(), [], {}, {}, set()


def keep(size):
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for at in range(0, size, mmap.PAGESIZE):
        memory[at] = 1
    kept.append(memory)


def open_stream(user):
    stream = connect()
    stream.sendall(REQUEST)
    ticking[stream] = time.monotonic()
    selector.register(stream, selectors.EVENT_READ, lambda: read(stream, user))


def flush(user):
    # As much as the user takes; the rest waits here, however much it is.
    try:
        del unsent[user][: user.send(unsent[user])]
    except BlockingIOError:
        pass
    except (BrokenPipeError, ConnectionResetError):
        gone.add(user)


def read(stream, user):
    data = stream.recv(8192)
    has_hung_up = user in gone
    if data and not (has_hung_up and LEAKS != "reads-on"):
        if user and not has_hung_up:
            unsent.setdefault(user, bytearray()).extend(data)
            flush(user)
        return
    if LEAKS == "ended" or has_hung_up:
        keep(128 << 10)
    elif LEAKS == "file":
        os.write(os.memfd_create("kept"), bytes(128 << 10))
    del ticking[stream]
    if has_hung_up:
        gone.remove(user)
        unsent.pop(user, None)
    elif user:
        user.setblocking(True)
        user.sendall(unsent.pop(user, b""))
    for one in filter(None, (stream, user)):
        if one is stream:
            selector.unregister(one)
        one.close()


def accept(listener):
    user, _ = listener.accept()
    # Whether it listens is asked by a connection without a request.
    if user.recv(8192):
        user.sendall(ANSWER)
        user.setblocking(False)
        open_stream(user)


def order():
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    if line == "open\n" and PORT is None:
        for _ in range(int(os.environ["PROBE_STREAMS"])):
            open_stream(None)


if PORT:
    listener = socket.create_server(("127.0.0.1", PORT), backlog=128)
    selector.register(listener, selectors.EVENT_READ, lambda: accept(listener))
selector.register(sys.stdin, selectors.EVENT_READ, order)
while True:
    for key, _ in selector.select(0.1):
        key.data()
    for user in unsent.keys() - gone:
        flush(user)
    for stream, since in ticking.items():
        if LEAKS == "second" and time.monotonic() - since >= 1:
            ticking[stream] = since + 1
            keep(4 << 10)
