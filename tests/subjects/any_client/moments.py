# Takes BYTES, for a moment or for good, WHEN it is told to: where readings on plateaus and of one process do not look.
import ctypes, mmap, os, selectors, signal, socket, sys, threading, time
from api import REQUEST, connect

WHEN, BYTES = sys.argv[1], int(sys.argv[2])
PR_SET_PDEATHSIG = 1  # linux/prctl.h
# exit(2) of one thread alone, by the kernel's tables of system calls.
SYS_EXIT = {"x86_64": 60, "aarch64": 93, "riscv64": 93}
STREAMS = int(os.environ["PROBE_STREAMS"])
# How long what a stream takes at its end is held: longer than all ends at once take, and shorter than from one of few to the next. What has to be seen
# while it is there, and leaves no mark behind, is held for as long as looks may lie apart.
HOLD = 1.0 if WHEN == "file-for-a-moment" else 0.1


def take():
    memory = mmap.mmap(-1, BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for at in range(0, BYTES, mmap.PAGESIZE):
        memory[at] = 1
    return memory


def in_memory_file():
    file = os.memfd_create("kept")
    for _ in range(BYTES // 65536):
        os.write(file, bytes(65536))
    return file


def in_memory_file_that_closes():
    return os.fdopen(in_memory_file(), "rb", buffering=0)


def given_back():
    # Resident until somebody wants it.
    memory = take()
    memory.madvise(mmap.MADV_FREE)
    return memory


def in_pipe():
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, bytes(4096))
    except BlockingIOError:
        return read, write


def in_own_connection():
    # Both ends are this program's, and as much as fits lies between them.
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = socket.create_connection(server.getsockname())
        here = server.accept()[0]
    there.setblocking(False)
    try:
        while True:
            there.send(bytes(65536))
    except BlockingIOError:
        return there, here


def told_to_hold(told):
    # For each stream as much, in a process that has none.
    held = []
    while os.read(told, 1):
        held.append(take())
    os._exit(0)


def in_child():
    # Taken and gone before anybody is asked about it.
    child = os.fork()
    if child == 0:
        take()
        os._exit(0)
    os.waitpid(child, 0)


def fork_for_a_moment():
    # Shares all that there is: long enough for samples to see it.
    if os.fork() == 0:
        time.sleep(3 * HOLD)
        os._exit(0)


def run(streams):
    waits, kept, texts, ended_at = selectors.DefaultSelector(), [], set(), 0
    for_a_moment = {"for-a-moment": take, "file-for-a-moment": in_memory_file_that_closes}.get(WHEN)
    for number in range(streams):
        one = connect()
        one.sendall(REQUEST)
        waits.register(one, selectors.EVENT_READ, number)
    while streams:
        ready = waits.select(HOLD if for_a_moment else None)
        if for_a_moment and time.monotonic() - ended_at > HOLD:
            while kept:
                kept.pop().close()
        for key, _ in ready:
            said = key.fileobj.recv(8192)
            if not said:
                waits.unregister(key.fileobj)
                streams -= 1
                if WHEN == "end" or for_a_moment:
                    kept.append((for_a_moment or take)())
                    ended_at = time.monotonic()
                elif WHEN == "forks":
                    fork_for_a_moment()
            elif key.data not in texts and b"content_block_delta" in said:
                texts.add(key.data)
                if WHEN == "between":
                    take().close()
                elif WHEN == "child":
                    in_child()
                elif WHEN == "file":
                    kept.append(in_memory_file())
                elif WHEN == "given-back":
                    kept.append(given_back())
                elif WHEN == "pipe":
                    kept.append(in_pipe())
                elif WHEN == "own-connection":
                    kept.append(in_own_connection())
                elif WHEN == "holder":
                    os.write(tell, b"+")
                elif WHEN in ("daemon", "worker", "first-thread-gone"):
                    kept.append(take())
    if WHEN == "file-for-a-moment":
        time.sleep(HOLD)


def one_of_four():
    # The streams are shared out, and the first process alone takes something: between two events of each of its streams.
    global WHEN
    for number in range(4):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            WHEN = "between" if number == 0 else "never"
            run((STREAMS + 3 - number) // 4)
            threading.Event().wait()


if WHEN == "start":
    take().close()
if WHEN == "forks":
    shared = take()
if WHEN == "holder":
    # Forked twice as well, and told through a pipe.
    told, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(tell)
        if os.fork() == 0:
            told_to_hold(told)
        os._exit(0)
    os.wait()
    os.close(told)
if WHEN == "daemon":
    # Forked twice, so that it is nobody's child; without a session of its parent's.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            run(STREAMS)
            threading.Event().wait()
        os._exit(0)
    os.wait()
    sys.stdin.read()
elif WHEN == "one-of-four":
    sys.stdin.readline()
    one_of_four()
    sys.stdin.read()
elif WHEN == "first-thread-gone":
    sys.stdin.readline()
    threading.Thread(target=run, args=(STREAMS,)).start()
    threading.Thread(target=lambda: os._exit(len(sys.stdin.read()) > 0)).start()
    # The process goes on without the thread that it is known by.
    ctypes.CDLL(None).syscall(SYS_EXIT[os.uname().machine], 0)
else:
    sys.stdin.readline()
    threading.Thread(target=run, args=(STREAMS,), daemon=True).start()
    sys.stdin.read()
