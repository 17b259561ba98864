// What the official Node SDK, unmodified, makes of the API at ANTHROPIC_BASE_URL: one case a run, one line of JSON with what it saw.
import Anthropic from "@anthropic-ai/sdk";
import assert from "node:assert/strict";

const client = new Anthropic({ maxRetries: 0 });
const request = {
  model: "claude-sonnet-5-5",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Write a long text." }],
};

const cases = {
  text: () => streamed("end_turn", (seen) => assert(seen.text_chars > 0, "no text came")),
  thinking: () => streamed("end_turn", (seen) => assert(seen.thinking_chars > 0, "no thinking came")),
  "tool-use": () => streamed("tool_use", (seen) => assert(seen.tools.length > 0, "no tool call came")),
  error: () => refused("probe-fault-rate-limit"),
  "mid-stream-error": () => brokenOff("probe-fault-mid-stream"),
  whole: async () => {
    const message = await client.messages.create(request);
    return { ...described(message), request_id: message._request_id };
  },
  beta: async () => {
    const { data, request_id } = await client.beta.messages.create({ ...request, stream: true }).withResponse();
    let text_chars = 0;
    for await (const event of data) text_chars += event.delta?.text?.length ?? 0;
    return { text_chars, request_id };
  },
  models: async () => {
    const [model] = (await client.models.list()).data;
    const one = await client.models.retrieve(model.id);
    assert.equal(one.id, model.id);
    return { model: one.id, request_id: one._request_id };
  },
  count: async () => {
    const { model, messages } = request;
    const { data, request_id } = await client.messages.countTokens({ model, messages }).withResponse();
    return { input_tokens: data.input_tokens, request_id };
  },
};

// The same answer twice: put together here from raw events, and by the SDK's helper.
async function streamed(stopReason, check) {
  const raw = described(await assembled());
  const stream = client.messages.stream(request);
  const seen = described(await stream.finalMessage());
  assert.deepEqual(raw, seen, "raw events and the helper differ");
  assert.equal(seen.stop_reason, stopReason, `stop_reason is ${seen.stop_reason}`);
  check(seen);
  return { ...seen, request_id: stream.request_id };
}

async function assembled() {
  let message;
  const json = {};
  for await (const event of await client.messages.create({ ...request, stream: true })) {
    if (event.type === "message_start") message = event.message;
    if (event.type === "content_block_start") message.content[event.index] = event.content_block;
    if (event.type === "message_delta") Object.assign(message, event.delta);
    if (event.type !== "content_block_delta") continue;
    const block = message.content[event.index];
    if (event.delta.type === "text_delta") block.text += event.delta.text;
    if (event.delta.type === "thinking_delta") block.thinking += event.delta.thinking;
    if (event.delta.type === "signature_delta") block.signature = event.delta.signature;
    if (event.delta.type === "input_json_delta") {
      json[event.index] = (json[event.index] ?? "") + event.delta.partial_json;
    }
  }
  for (const [index, text] of Object.entries(json)) message.content[index].input = JSON.parse(text);
  return message;
}

function described(message) {
  const of = (type) => message.content.filter((block) => block.type === type);
  const chars = (texts) => [...texts.join("")].length;
  for (const block of of("thinking")) assert(block.signature, "a thinking block has no signature");
  for (const block of of("tool_use")) assert(Object.keys(block.input).length > 0, "a tool call has no input");
  return {
    text_chars: chars(of("text").map((block) => block.text)),
    thinking_chars: chars(of("thinking").map((block) => block.thinking)),
    tools: of("tool_use").map((block) => block.name),
    stop_reason: message.stop_reason,
  };
}

async function refused(model) {
  const error = await caught(client.messages.create({ ...request, model, stream: true }));
  return failure(error);
}

async function brokenOff(model) {
  let text_chars = 0;
  const read = async () => {
    for await (const event of await client.messages.create({ ...request, model, stream: true })) {
      if (event.delta?.type === "text_delta") text_chars += [...event.delta.text].length;
    }
  };
  const error = await caught(read());
  assert(text_chars > 0, "no text had come before the error");
  return { text_chars, ...failure(error) };
}

async function caught(promise) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Anthropic.APIError && error.type) return error;
    throw error;
  }
  throw new Error("there was no error");
}

function failure(error) {
  return { error_class: error.constructor.name, error_type: error.type, status: error.status, request_id: error.requestID };
}

const name = process.argv[2];
if (!Object.hasOwn(cases, name ?? "")) {
  console.error(`conformance: name one case: ${Object.keys(cases).join(", ")}`);
  process.exit(2);
}
const nothing = { text_chars: null, thinking_chars: null, tools: null, stop_reason: null, input_tokens: null };
const noError = { error_class: null, error_type: null, status: null };
try {
  const seen = await cases[name]();
  assert(seen.request_id, "no request id came");
  console.log(JSON.stringify({ case: name, ok: true, ...nothing, ...noError, ...seen, status: seen.status ?? null }));
} catch (error) {
  console.error(`conformance ${name}: ${error.message.split("\n")[0]}`);
  process.exit(1);
}
