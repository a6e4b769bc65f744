import { createServer } from 'node:net';

/** True when the port can be bound on loopback and on all addresses: a server on either one takes it. */
export async function isPortFree(port) {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that the system hands out as free on loopback; another process may still take it first. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** `count` different free ports: all are held at once while the last is being found. */
export async function freePorts(count) {
  const servers = [];
  try {
    for (let index = 0; index < count; index++) {
      const server = createServer();
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve);
      });
      servers.push(server);
    }
    return servers.map((server) => server.address().port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/**
 * The wanted port, else the next free one above it.
 * @param {number} preferred first candidate
 * @param {{taken?: Set<number>, usable?: (port: number) => Promise<boolean>, span?: number}} [options] `taken`: ports
 *   promised to others of the same run; `usable`: a further condition, such as the metrics port being free as well.
 */
export async function nextFreePort(preferred, { taken = new Set(), usable = async () => true, span = 200 } = {}) {
  for (let port = preferred; port < preferred + span && port < 65_536; port++) {
    if (!taken.has(port) && (await isPortFree(port)) && (await usable(port))) return port;
  }
  throw new Error(`no free port between ${preferred} and ${preferred + span - 1}`);
}
