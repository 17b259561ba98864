# A server that passes its user's question on to the API in pieces, as they come, and keeps it twice while the answer lasts; told to, it reads
# the question and asks one of its own.
import mmap, sys
from api import BEHIND, connect, until_prompt
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSES_ON = sys.argv[2:] != ["something-else"]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Handler(BaseHTTPRequestHandler):
    rbufsize = 0

    def do_POST(self):
        length = int(self.headers["content-length"])
        upstream = connect()
        upstream.sendall(until_prompt(length) if PASSES_ON else until_prompt(1) + b"?")
        # Straight from the kernel, so that no allocator's rounding is in it. Users write nothing that JSON would write in another way.
        kept = [mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(2)]
        piece, left = bytearray(4096), length
        while left:
            read = self.connection.recv_into(piece, min(left, len(piece)))
            left -= read
            for memory in kept:
                memory.write(piece[:read])
            if PASSES_ON:
                upstream.sendall(memoryview(piece)[:read])
        upstream.sendall(BEHIND)
        self.send_response(200)
        self.end_headers()
        while read := upstream.recv_into(piece):
            self.connection.sendall(memoryview(piece)[:read])
        for memory in kept:
            memory.close()

    def log_message(self, *_):
        pass


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
