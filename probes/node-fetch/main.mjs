// Node's own `fetch`, with the lines of the event stream parsed here.
import { createInterface } from "node:readline";

const streams = Number(process.env.PROBE_STREAMS ?? 1);
const retain = process.env.PROBE_RETAIN === "1";
const promptChars = Number(process.env.PROBE_PROMPT_CHARS ?? 0);

const url = `${process.env.ANTHROPIC_BASE_URL}/v1/messages`;
const headers = {
  "content-type": "application/json",
  "x-api-key": process.env.ANTHROPIC_API_KEY,
  "anthropic-version": "2023-06-01",
};
const request = {
  model: process.env.PROBE_MODEL ?? "claude-sonnet-5-5",
  max_tokens: Number(process.env.PROBE_MAX_TOKENS ?? 64_000),
  stream: true,
};

// A message of the stream's own, of so many characters.
function message() {
  const content = promptChars ? Buffer.alloc(promptChars, "Write a long text. ").toString("latin1") : "Write a long text.";
  return { role: "user", content };
}

// Retaining, every delta's text is kept as a string of its own.
async function read() {
  const kept = [];
  const messages = [message()];
  const body = JSON.stringify({ ...request, messages });
  let characters = 0;
  let last;
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  for await (const event of events(response.body)) {
    if (event.type === "error") throw new Error(`${event.error.type}: ${event.error.message}`);
    const text = event.delta?.text ?? event.delta?.thinking ?? event.delta?.partial_json ?? "";
    if (retain) kept.push(text);
    else characters += text.length;
    last = event.type;
  }
  if (last !== "message_stop") throw new Error(`the stream ended after ${last ?? "nothing"}`);
  // What was asked is held until it is answered.
  return { characters, messages };
}

// Every event of this API is one `data:` line, whose JSON says the event's type once more.
async function* events(bytes) {
  let rest = "";
  for await (const chunk of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) yield JSON.parse(line.slice("data:".length));
    }
  }
}

function failed(error) {
  const reason = (error) => (error.cause ? `${error.message}: ${reason(error.cause)}` : error.message);
  console.error(`node-fetch: a stream failed: ${reason(error)}`);
  process.exit(1);
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    switch (line) {
      case "open":
        for (let number = 0; number < streams; number += 1) read().catch(failed);
        break;
      case "collect":
        globalThis.gc();
        console.log("collected");
        break;
      case "report":
        console.log(`rss ${process.memoryUsage.rss()}`);
        break;
    }
  })
  // Streams may still be open; the end of the input ends them.
  .on("close", () => process.exit(0));
