# Keeps BYTES for each stream from its first text on, in the WAY that it is told to: what the allocators have of it is known. The streams are held by
# this process, or (forked) by one that it has forked.
import os, selectors, sys, threading
from api import REQUEST, connect

WAY, BYTES = sys.argv[1], int(sys.argv[2])
# A bytes object is 33 bytes and what it holds (sys.getsizeof); up to 512 are a block of CPython's own, in steps of 16. Each has its place in a
# tuple beside it.
keep = {
    "buffer": lambda: bytearray(BYTES),
    "strings": lambda: tuple([os.urandom(480 - 33) for _ in range(BYTES // 488)]),
    "map": lambda: {number: os.urandom(BYTES // 16) for number in range(16)},
}["buffer" if WAY == "forked" else WAY]


def run():
    waits, kept, texts = selectors.DefaultSelector(), [], set()
    for number in range(int(os.environ["PROBE_STREAMS"])):
        one = connect()
        one.sendall(REQUEST)
        waits.register(one, selectors.EVENT_READ, number)
    while waits.get_map():
        for key, _ in waits.select():
            said = key.fileobj.recv(8192)
            if not said:
                waits.unregister(key.fileobj)
            elif key.data not in texts and b"content_block_delta" in said:
                texts.add(key.data)
                kept.append(keep())


sys.stdin.readline()
if WAY == "forked" and os.fork() == 0:
    run()
    threading.Event().wait()
if WAY != "forked":
    threading.Thread(target=run, daemon=True).start()
sys.stdin.read()
