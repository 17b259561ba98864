// The official Node SDK: `messages.create({ stream: true })`, or `messages.stream()` with the argument `helper`.
import Anthropic from "@anthropic-ai/sdk";
import { createInterface } from "node:readline";

const streams = Number(process.env.PROBE_STREAMS ?? 1);
const retain = process.env.PROBE_RETAIN === "1";
const promptChars = Number(process.env.PROBE_PROMPT_CHARS ?? 0);
const read = process.argv[2] === "helper" ? readHelper : readEvents;

// The SDK itself reads ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY. It would repeat a request that failed; here a failure is to be seen.
const client = new Anthropic({ maxRetries: 0 });
const request = {
  model: process.env.PROBE_MODEL ?? "claude-sonnet-5-5",
  max_tokens: Number(process.env.PROBE_MAX_TOKENS ?? 64_000),
};

// A message of the stream's own, of so many characters.
function message() {
  const content = promptChars ? Buffer.alloc(promptChars, "Write a long text. ").toString("latin1") : "Write a long text.";
  return { role: "user", content };
}

// Retaining, every event is kept as the SDK parsed it.
async function readEvents() {
  const kept = [];
  const messages = [message()];
  let characters = 0;
  let last;
  for await (const event of await client.messages.create({ ...request, messages, stream: true })) {
    if (retain) kept.push(event);
    else if (event.delta?.type === "text_delta") characters += event.delta.text.length;
    last = event.type;
  }
  if (last !== "message_stop") throw new Error(`the stream ended after ${last ?? "nothing"}`);
  // What was asked is held until it is answered.
  return { characters, messages };
}

// Retaining, every piece of text is kept; the helper builds the whole message besides, whatever is done with the pieces.
async function readHelper() {
  const kept = [];
  const messages = [message()];
  let characters = 0;
  const stream = client.messages.stream({ ...request, messages });
  stream.on("text", (text) => {
    if (retain) kept.push(text);
    else characters += text.length;
  });
  await stream.finalMessage();
  // What was asked is held until it is answered.
  return { characters, messages };
}

function failed(error) {
  const reason = (error) => (error.cause ? `${error.message}: ${reason(error.cause)}` : error.message);
  console.error(`node-sdk: a stream failed: ${reason(error)}`);
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
