// The Claude Agent SDK, `query()` at its defaults: one agent a stream, each a process of its own that the SDK starts.
import { query } from "@anthropic-ai/claude-agent-sdk";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const streams = Number(process.env.PROBE_STREAMS ?? 1);
const retain = process.env.PROBE_RETAIN === "1";
const promptChars = Number(process.env.PROBE_PROMPT_CHARS ?? 0);

// Agents live in a folder of their own: what the user has set, allowed and said is none of theirs, and what they write goes with it.
const FOLDER = "probe-agents-";
const home = mkdtempSync(join(tmpdir(), `${FOLDER}${process.pid}-`));
const cwd = join(home, "work");
mkdirSync(cwd);
// An agent that is ending may still write: then again a little later. What stays all the same the next one of these programs removes.
function remove(folder) {
  for (let tries = 0; tries < 8; tries += 1) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
process.on("exit", () => remove(home));
// Those that were killed could not remove theirs.
for (const name of readdirSync(tmpdir())) {
  const [, pid] = name.match(`^${FOLDER}([0-9]+)-`) ?? [];
  if (pid && !existsSync(`/proc/${pid}`)) remove(join(tmpdir(), name));
}

// The environment without what the user has set for agents, such as another provider, and nothing is fetched or reported: the variables are
// those of https://code.claude.com/docs/en/env-vars.
const set = (name) => /^(CLAUDE|XDG_|ANTHROPIC_(?!BASE_URL$|API_KEY$))/.test(name);
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !set(name))),
  HOME: home,
  CLAUDE_CONFIG_DIR: join(home, ".claude"),
  // They would write beside it otherwise, into a folder of the user's.
  TMPDIR: home,
  CLAUDE_CODE_TMPDIR: home,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  // A request that failed would be repeated; here a failure is to be seen.
  CLAUDE_CODE_MAX_RETRIES: "0",
  CLAUDE_CODE_MAX_OUTPUT_TOKENS: process.env.PROBE_MAX_TOKENS ?? "64000",
};
const abortController = new AbortController();
const options = { abortController, cwd, env, model: process.env.PROBE_MODEL ?? "claude-sonnet-5-5" };

// A task of the agent's own, of so many characters.
function task() {
  return promptChars ? Buffer.alloc(promptChars, "Write a long text. ").toString("latin1") : "Write a long text.";
}

// Retaining, every message of the agent is kept as the SDK parsed it; the agent itself keeps its conversation in any case.
async function agent() {
  const kept = [];
  const prompt = task();
  let characters = 0;
  let result;
  for await (const message of query({ prompt, options })) {
    if (retain) kept.push(message);
    if (message.type === "result") result = message;
    for (const { text } of message.message?.content ?? []) characters += text?.length ?? 0;
  }
  if (result?.subtype !== "success" || result.is_error) {
    throw new Error(result ? (result.result ?? result.subtype) : "it ended without a result");
  }
  // What was asked is held until it is answered.
  return { characters, prompt };
}

function failed(error) {
  // Those that are ended at the end of the input have not failed.
  if (abortController.signal.aborted) return;
  console.error(`claude-agent-sdk: an agent failed: ${error.message}`);
  process.exit(1);
}

const running = [];

createInterface({ input: process.stdin })
  .on("line", (line) => {
    switch (line) {
      case "open":
        for (let number = 0; number < streams; number += 1) running.push(agent().catch(failed));
        break;
      case "collect":
        globalThis.gc();
        console.log("collected");
        break;
    }
  })
  // Agents may still be at work; the end of the input ends them, and they are given a moment for it.
  .on("close", async () => {
    abortController.abort();
    await Promise.race([Promise.all(running), new Promise((over) => setTimeout(over, 400))]);
    process.exit(0);
  });
