import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const TEMPLATES = join(import.meta.dirname, '..', '..', 'deploy', 'connect');
const PATIENCE_MS = 120_000;
const SCHEMA = 'commerce';
const CONNECT_ROLE = 'nx_commerce_connect';

/**
 * The last job before the services: commerce's merchant table is given to the connector, which is handed in and seen to
 * run, and the token of the services is written to a file. A second run changes nothing but the token.
 */
async function main(env) {
  await prepareSource(env.APP_ENV_POSTGRES_ADMIN_URL);
  await handInConnector(env.CONNECT_URL);
  await writeToken(env.SANDBOX_URL, env.SERVICE_TOKEN_FILE);
}

async function prepareSource(connectionString) {
  const client = new pg.Client({ connectionString, application_name: 'nx-setup' });
  await client.connect();
  try {
    const publications = await client.query(`SELECT 1 FROM pg_publication WHERE pubname = 'commerce_merchants'`);
    if (publications.rowCount > 0) return;
    const text = readFileSync(join(TEMPLATES, 'commerce-source.sql'), 'utf8');
    const values = { schema: SCHEMA, role: CONNECT_ROLE };
    await client.query(text.replaceAll(/:"(\w+)"/g, (_, name) => client.escapeIdentifier(values[name])));
    say("commerce's merchant table is published");
  } finally {
    await client.end();
  }
}

async function handInConnector(url) {
  const { name, config } = JSON.parse(readFileSync(join(TEMPLATES, 'commerce-merchants.json'), 'utf8'));
  await eventually(`the connector ${name} to be taken`, async () => {
    // 409 while the workers find each other, 404 and 500 until the REST application has come up.
    const { status, body } = await ask(`${url}/connectors/${name}/config`, { method: 'PUT', body: config });
    if (status === 400) throw new Refused(`the connector ${name} is refused: ${JSON.stringify(body)}`);
    return { done: status === 200 || status === 201, seen: { status, body } };
  });
  await eventually(`the connector ${name} to run`, async () => {
    const { status, body } = await ask(`${url}/connectors/${name}/status`);
    const states = [body?.connector?.state, ...(body?.tasks ?? []).map((task) => task.state)];
    return { done: status === 200 && states.length > 1 && states.every((state) => state === 'RUNNING'), seen: body };
  });
  say(`the connector ${name} runs`);
}

async function writeToken(sandboxUrl, file) {
  const { status, body } = await ask(`${sandboxUrl}/identity/tokens`, { method: 'POST', body: { persona: 'service' } });
  if (status >= 300 || typeof body?.token !== 'string')
    throw new Error(`no token of a service: ${JSON.stringify(body)}`);
  writeFileSync(file, body.token, { mode: 0o600 });
  say(`the token of the services is in ${file}`);
}

/** What no further try can mend. */
class Refused extends Error {}

async function eventually(what, attempt) {
  const deadline = performance.now() + PATIENCE_MS;
  for (let seen; ; await delay(500)) {
    try {
      const outcome = await attempt();
      if (outcome.done) return;
      seen = outcome.seen;
    } catch (error) {
      if (error instanceof Refused) throw error;
      seen = error.message;
    }
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}; last seen: ${JSON.stringify(seen)}`);
  }
}

async function ask(url, { method = 'GET', body } = {}) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}

const say = (line) => process.stdout.write(`${line}\n`);

try {
  await main(process.env);
} catch (error) {
  process.stderr.write(`the neighbours were not set up: ${error.message}\n`);
  process.exitCode = 1;
}
