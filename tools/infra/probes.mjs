import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One request and the first `enough` bytes of the answer over plain TCP; null when nobody answers in time. */
function ask(host, port, request, enough, timeoutMs) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const finish = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(timeoutMs, () => finish(null));
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= enough) finish(answer);
    });
  });
}

/** PostgreSQL takes connections: it answers a start-up message with a request to authenticate. */
export async function postgresReady(host, port, timeoutMs = 2_000) {
  const parameters = Buffer.from('user\0readiness\0database\0postgres\0\0');
  const message = Buffer.alloc(8 + parameters.length);
  message.writeInt32BE(message.length, 0);
  message.writeInt32BE(196_608, 4);
  parameters.copy(message, 8);
  const answer = await ask(host, port, message, 1, timeoutMs);
  if (answer === null) return false;
  // 57P03: the server is starting up or shutting down. Any other refusal means that it serves.
  return answer[0] === 0x52 || (answer[0] === 0x45 && !answer.includes('57P03'));
}

/** Redis serves: PONG, or a demand for a password; not while it loads its data. */
export async function redisReady(host, port, timeoutMs = 2_000) {
  const answer = await ask(host, port, '*1\r\n$4\r\nPING\r\n', 5, timeoutMs);
  return answer !== null && /^(\+PONG|-NOAUTH)/.test(answer.toString('latin1'));
}

/** A Kafka broker that knows at least one registered broker: Metadata v1 without topics. */
export async function kafkaReady(host, port, timeoutMs = 2_000) {
  const client = Buffer.from('readiness');
  const body = Buffer.alloc(2 + 2 + 4 + 2 + client.length + 4);
  body.writeInt16BE(3, 0);
  body.writeInt16BE(1, 2);
  body.writeInt32BE(7, 4);
  body.writeInt16BE(client.length, 8);
  client.copy(body, 10);
  body.writeInt32BE(0, 10 + client.length);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length, 0);
  const answer = await ask(host, port, Buffer.concat([size, body]), 12, timeoutMs);
  return answer !== null && answer.readInt32BE(4) === 7 && answer.readInt32BE(8) > 0;
}

/** Something listens there (for servers behind TLS or SASL, whose protocol cannot be asked without credentials). */
export function listens(host, port, timeoutMs = 2_000) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('connect', () => finish(true));
  });
}

/** Polls until `ready()` is true; throws at the deadline, or at once when `gone()` says that waiting is in vain. */
export async function waitUntil(what, ready, { timeoutMs = 30_000, everyMs = 50, gone = () => null } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await ready()) return;
    const reason = gone();
    if (reason) throw new Error(`${what}: ${reason}`);
    if (Date.now() > deadline) throw new Error(`${what} was not ready after ${Math.round(timeoutMs / 1000)} s`);
    await delay(everyMs);
  }
}
