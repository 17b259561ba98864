# Where the API is, and what the programs beside this one ask it for: a stream, whose prompt has so many bytes.
import os, socket

HOST, PORT = os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://").split(":")
BEFORE = b'{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"'
BEHIND = b'"}]}'


def connect():
    return socket.create_connection((HOST, int(PORT)))


def until_prompt(length):
    return (f"POST /v1/messages HTTP/1.1\r\nhost: {HOST}\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\n"
            f"content-type: application/json\r\ncontent-length: {len(BEFORE) + length + len(BEHIND)}\r\n\r\n").encode() + BEFORE


REQUEST = until_prompt(1) + b"x" + BEHIND
