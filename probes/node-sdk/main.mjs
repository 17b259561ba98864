// The official Node SDK: `messages.create({ stream: true })`, or `messages.stream()` with the argument `helper`.
import Anthropic from "@anthropic-ai/sdk";
import { createInterface } from "node:readline";

const streams = Number(process.env.PROBE_STREAMS ?? 1);
const retain = process.env.PROBE_RETAIN === "1";
const read = process.argv[2] === "helper" ? readHelper : readEvents;

// The SDK itself reads ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY. It would repeat a request that failed; here a failure is to be seen.
const client = new Anthropic({ maxRetries: 0 });
const request = {
  model: process.env.PROBE_MODEL ?? "claude-sonnet-5-5",
  max_tokens: Number(process.env.PROBE_MAX_TOKENS ?? 64_000),
  messages: [{ role: "user", content: "Write a long text." }],
};

// Retaining, every event is kept as the SDK parsed it.
async function readEvents() {
  const kept = [];
  let characters = 0;
  let last;
  for await (const event of await client.messages.create({ ...request, stream: true })) {
    if (retain) kept.push(event);
    else if (event.delta?.type === "text_delta") characters += event.delta.text.length;
    last = event.type;
  }
  if (last !== "message_stop") throw new Error(`the stream ended after ${last ?? "nothing"}`);
  return characters;
}

// Retaining, every piece of text is kept; the helper builds the whole message besides, whatever is done with the pieces.
async function readHelper() {
  const kept = [];
  let characters = 0;
  const stream = client.messages.stream(request);
  stream.on("text", (text) => {
    if (retain) kept.push(text);
    else characters += text.length;
  });
  await stream.finalMessage();
  return characters;
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
