import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('supervisor.mjs', import.meta.url));

/**
 * A supervisor process of our own and the children under it: they end with this process, however it ends.
 * @param {{graceMs?: number}} [options] time between SIGTERM and SIGKILL when the pipe closes
 */
export function openSupervisor({ graceMs = 30_000 } = {}) {
  const host = spawn(process.execPath, [SCRIPT, String(graceMs)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit', 1],
  });
  const children = new Map();
  host.stdin.on('error', () => {});
  createInterface({ input: host.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    const child = children.get(message.id);
    if (message.event === 'started') child.onStarted(message.pid);
    if (message.event === 'exited') child.onExited(message);
  });
  const ended = new Promise((resolve) => host.once('exit', resolve));
  host.once('exit', () => {
    for (const child of children.values())
      child.onExited({ code: null, signal: 'SIGKILL', error: 'the supervisor ended' });
  });
  const send = (message) => host.stdin.writable && host.stdin.write(`${JSON.stringify(message)}\n`);

  /** Starts a child; resolves when it runs. Its output goes to `logFile`, else where ours goes. `uid` and `gid`: its user. */
  const start = (id, { command, args, env = process.env, cwd, logFile, uid, gid }) => {
    if (children.has(id) && !children.get(id).handle.exitStatus) throw new Error(`${id} runs already`);
    const handle = { id, pid: undefined, exitStatus: null };
    let exited;
    handle.exited = new Promise((resolve) => (exited = resolve));
    const started = new Promise((resolve, reject) => {
      children.set(id, {
        handle,
        onStarted: (pid) => {
          handle.pid = pid;
          resolve(handle);
        },
        onExited: ({ code, signal, error }) => {
          if (handle.exitStatus) return;
          handle.exitStatus = { code, signal };
          exited(handle.exitStatus);
          reject(new Error(`${id} cannot be started: ${error ?? `exit code ${code}`}`));
        },
      });
    });
    started.catch(() => {});
    handle.signal = (signal) => send({ do: 'signal', id, signal });
    handle.stop = async (grace) => {
      send({ do: 'stop', id, graceMs: grace });
      return handle.exited;
    };
    send({ do: 'start', id, command, args, env, cwd, logFile, uid, gid });
    return started;
  };

  /** Ends all children, then the supervisor. */
  const close = async () => {
    host.stdin.end();
    await ended;
  };
  return { start, close, pid: host.pid };
}
