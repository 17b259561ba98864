// Keeps BYTES for each stream from its first text on, in the WAY that it is told to: what V8 has of it is known.
import http from "node:http";

const [way, bytes] = [process.argv[2], Number(process.argv[3])];
const kept = [];
// A string of one-byte characters has 16 bytes before them (v8/src/objects/string.h, SeqOneByteString).
const string = (size) => Buffer.alloc(size - 16, 97 + (kept.length % 26)).toString("latin1");
const keep = {
  buffer: () => Buffer.alloc(bytes, 1),
  untouched: () => Buffer.allocUnsafeSlow(bytes),
  strings: () => Array.from({ length: bytes / 1024 }, () => string(1024)),
  map: () => new Map(Array.from({ length: 128 }, (_, number) => [number, string(bytes / 128)])),
}[way];

function open() {
  const headers = { "content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01" };
  const request = http.request(`${process.env.ANTHROPIC_BASE_URL}/v1/messages`, { method: "POST", headers, agent: false });
  request.on("response", (response) => {
    let has = false;
    response.on("data", (data) => {
      if (!has && data.includes("content_block_delta")) {
        has = true;
        kept.push(keep());
      }
    });
  });
  request.end('{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}');
}

process.stdin.once("data", () => {
  for (let number = 0; number < Number(process.env.PROBE_STREAMS); number += 1) open();
});
process.stdin.on("end", () => process.exit());
