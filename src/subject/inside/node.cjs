// Preloaded into Node: says over a socket of its own what V8 has, before a collection and after it. Nothing of the program is changed, and
// nothing here keeps it from ending.
'use strict';
const path = process.env.PROBE_INSIDE;
if (path && require('node:worker_threads').isMainThread) {
  const v8 = require('node:v8');
  v8.setFlagsFromString('--expose-gc');
  const collect = require('node:vm').runInNewContext('gc');
  const socket = require('node:net').connect(path);
  socket.unref();
  socket.on('error', () => {});
  const now = () => {
    const { heapUsed, heapTotal, external } = process.memoryUsage();
    return { used: heapUsed + external, held: heapTotal + external };
  };
  // What is freed by finalizers and sweepers is gone after another turn.
  const turn = () => new Promise((done) => setImmediate(() => { collect(); setImmediate(done); }));
  socket.on('data', async () => {
    const before = now();
    for (let turns = 0; turns < 3; turns += 1) await turn();
    const spaces = {};
    for (const { space_name, space_used_size, space_size } of v8.getHeapSpaceStatistics()) {
      spaces[space_name] = [space_used_size, space_size];
    }
    socket.write(JSON.stringify({ pid: process.pid, runtime: 'node', before, after: now(), spaces }) + '\n');
  });
}
