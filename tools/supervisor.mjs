import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/**
 * The process between a starter and its children. It reads commands, one JSON object per line, from the pipe that the
 * starter holds; when the pipe closes, because the starter ended in whatever way, it ends the children and itself.
 *   {"do":"start","id","command","args","env","cwd","logFile","uid"?,"gid"?}  →  {"event":"started","id","pid"}
 *   {"do":"signal","id","signal"}
 *   {"do":"stop","id","graceMs"}
 *   a child that ends, wanted or not                            →  {"event":"exited","id","code","signal"}
 */
function supervise({ graceMs = 30_000 } = {}) {
  const children = new Map();
  let leaving = false;
  // The starter may be gone: nobody reads then, and that must not end this process before its children.
  process.stdout.on('error', () => {});
  const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

  const start = ({ id, command, args, env, cwd, logFile, uid, gid }) => {
    const log = logFile ? openSync(logFile, 'a', 0o600) : undefined;
    // Without a log file the output goes where the starter's goes: file 3 is its stdout.
    const stdio = logFile ? ['ignore', log, log] : ['ignore', 3, 2];
    // A process group of its own: Ctrl-C in the terminal reaches the starter alone, which stops things in order.
    const child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio });
    if (log !== undefined) closeSync(log);
    children.set(id, { child, ended: false });
    child.once('spawn', () => tell({ event: 'started', id, pid: child.pid }));
    child.once('error', (error) => finish(id, { code: 127, signal: null, error: error.message }));
    child.once('exit', (code, signal) => finish(id, { code, signal }));
  };

  const finish = (id, how) => {
    const entry = children.get(id);
    if (!entry || entry.ended) return;
    entry.ended = true;
    clearTimeout(entry.timer);
    // Whatever the child itself left behind in its group goes with it.
    if (entry.child.pid) kill(-entry.child.pid, 'SIGKILL');
    children.delete(id);
    tell({ event: 'exited', id, ...how });
    if (leaving && children.size === 0) process.exit(0);
  };

  const stop = (id, grace) => {
    const entry = children.get(id);
    if (!entry || entry.timer) return;
    kill(entry.child.pid, 'SIGTERM');
    entry.timer = setTimeout(() => kill(-entry.child.pid, 'SIGKILL'), grace);
  };

  const leave = () => {
    if (leaving) return;
    leaving = true;
    if (children.size === 0) process.exit(0);
    for (const id of children.keys()) stop(id, graceMs);
  };

  const actions = {
    start,
    stop: ({ id, graceMs: grace = graceMs }) => stop(id, grace),
    signal: ({ id, signal }) => children.has(id) && kill(children.get(id).child.pid, signal),
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const message = JSON.parse(line);
    if (!leaving) actions[message.do]?.(message);
  });
  lines.once('close', leave);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, leave);
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [grace] = process.argv.slice(2);
  supervise(grace === undefined ? {} : { graceMs: Number(grace) });
}
