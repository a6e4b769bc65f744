import { createHash, createHmac } from 'node:crypto';

const SERVICES = ['payment', 'invoice', 'signal'];

/** Schemas of each service; the first one is its main schema. */
const OWN_SCHEMAS = { payment: ['payment', 'mq_pay'], invoice: ['invoice', 'tax'], signal: ['signal'] };
const SHARED_SCHEMAS = ['identity', 'platform'];

/** Any number, as long as everybody who creates roles on one server takes the same. */
const ADVISORY_KEY = 4_831_040;

/** Rights that a runtime role gets on the tables of its schemas; a migration takes them back where a table only grows. */
const WRITE = 'SELECT, INSERT, UPDATE, DELETE';

/** Limits for the sessions of the services: nothing of theirs may hang for ever. */
const RUNTIME_LIMITS = { statement_timeout: '30s', lock_timeout: '10s', idle_in_transaction_session_timeout: '60s' };

/**
 * The password of a role as this repository's tools set it: derived from the administrator's, so that every clone and
 * every parallel test run on one server computes the same. Whoever knows the administrator's password could set the
 * roles' ones anyway.
 */
export function derivedPassword(adminUrl, role) {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  return createHmac('sha256', `nx-roles:${secret}`).update(role).digest('base64url');
}

/** The connection URL of a role in a database of the same server. */
export function roleUrl(adminUrl, database, role, password = derivedPassword(adminUrl, role)) {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.toString();
}

/** Names of all roles: `{payment: {owner, runtime}, invoice: …, signal: …, shared, edge, operator, sandbox}`. */
export function roleNames(rolePrefix = 'nx_') {
  const service = (name) => ({ owner: `${rolePrefix}${name}_owner`, runtime: `${rolePrefix}${name}` });
  return {
    payment: service('payment'),
    invoice: service('invoice'),
    signal: service('signal'),
    shared: `${rolePrefix}shared_owner`,
    edge: `${rolePrefix}payment_ipn`,
    operator: `${rolePrefix}payment_operator`,
    sandbox: `${rolePrefix}sandbox`,
  };
}

/**
 * Creates the roles, the database and the empty schemas with their rights. Idempotent, and safe when several processes
 * do it at once (roles belong to the whole server). Tables are the business of `RUN_MODE=migrate`.
 */
export async function createDatabase(adminUrl, options = {}) {
  const { database = 'nx_seller', rolePrefix = 'nx_' } = options;
  const passwordFor = options.passwordFor ?? ((role) => derivedPassword(adminUrl, role));
  const roles = roleNames(rolePrefix);
  const databaseUrl = new URL(adminUrl);
  databaseUrl.pathname = `/${encodeURIComponent(database)}`;
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_KEY]);
    await createRoles(client, roles, passwordFor);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0)
      await client.query(`CREATE DATABASE ${quote(database)} ENCODING 'UTF8' TEMPLATE template0`);
    // The lock is held on: rights on databases and roles are rows that two sessions cannot change at once.
    await withClient(databaseUrl.toString(), (inside) => createSchemas(inside, database, roles));
  });
  return { database, roles, urlFor: (role) => roleUrl(adminUrl, database, role, passwordFor(role)) };
}

/** Drops a database, whoever is connected to it. Roles stay: other databases use them. */
export async function dropDatabase(adminUrl, database) {
  await withClient(adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${quote(database)} WITH (FORCE)`));
}

/** Loaded late: this file is imported before `npm ci` has run. */
async function withClient(connectionString, work) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, application_name: 'nx-tools' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function createRoles(client, roles, passwordFor) {
  const logins = [
    ...SERVICES.flatMap((name) => [roles[name].owner, roles[name].runtime]),
    roles.edge,
    roles.operator,
    roles.sandbox,
  ];
  const existing = await client.query('SELECT rolname FROM pg_roles WHERE rolname = ANY($1)', [
    [...logins, roles.shared],
  ]);
  const known = new Set(existing.rows.map((row) => row.rolname));
  const marks = await passwordMarks(client, logins);
  const statements = [];
  if (!known.has(roles.shared)) statements.push(`CREATE ROLE ${quote(roles.shared)} NOLOGIN`);
  for (const role of logins) {
    const password = passwordFor(role);
    const mark = passwordMark(role, password);
    if (known.has(role) && marks.get(role) === mark) continue;
    const verb = known.has(role) ? 'ALTER' : 'CREATE';
    statements.push(`${verb} ROLE ${quote(role)} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    statements.push(`COMMENT ON ROLE ${quote(role)} IS ${client.escapeLiteral(mark)}`);
  }
  if (statements.length === 0 && known.size === logins.length + 1) return;
  for (const name of SERVICES) {
    statements.push(`GRANT ${quote(roles.shared)} TO ${quote(roles[name].owner)}`);
    const path = [...OWN_SCHEMAS[name], ...SHARED_SCHEMAS].join(', ');
    for (const role of Object.values(roles[name]))
      statements.push(`ALTER ROLE ${quote(role)} SET search_path = ${path}`);
    statements.push(...setAll(roles[name].runtime, RUNTIME_LIMITS));
  }
  const paymentPath = [...OWN_SCHEMAS.payment, ...SHARED_SCHEMAS].join(', ');
  for (const role of [roles.edge, roles.operator])
    statements.push(`ALTER ROLE ${quote(role)} SET search_path = ${paymentPath}`);
  statements.push(...setAll(roles.edge, RUNTIME_LIMITS));
  statements.push(...setAll(roles.operator, { ...RUNTIME_LIMITS, default_transaction_read_only: 'on' }));
  statements.push(`ALTER ROLE ${quote(roles.sandbox)} SET search_path = commerce, identity`);
  await client.query(`BEGIN; ${statements.join('; ')}; COMMIT`);
  await joinOwners(client, roles);
}

const setAll = (role, settings) =>
  Object.entries(settings).map(([name, value]) => `ALTER ROLE ${quote(role)} SET ${name} = '${value}'`);

/**
 * A role's comment tells whether its password is already the wanted one, so that running systems do not see it set
 * anew. It is a hash of a 256-bit secret, which gives nothing away.
 */
const passwordMark = (role, password) =>
  `nx password mark ${createHash('sha256').update(`${role}:${password}`).digest('hex').slice(0, 16)}`;

async function passwordMarks(client, names) {
  const sql = `SELECT rolname, shobj_description(oid, 'pg_authid') AS mark FROM pg_roles WHERE rolname = ANY($1)`;
  return new Map((await client.query(sql, [names])).rows.map((row) => [row.rolname, row.mark]));
}

/** An administrator who is no superuser (managed servers) must be a member of a role to create schemas for it. */
async function joinOwners(client, roles) {
  const self = await client.query('SELECT current_user AS name, rolsuper FROM pg_roles WHERE rolname = current_user');
  if (self.rows[0].rolsuper) return;
  const owners = [...SERVICES.map((name) => roles[name].owner), roles.shared, roles.sandbox];
  await client.query(`GRANT ${owners.map(quote).join(', ')} TO ${quote(self.rows[0].name)}`);
}

async function createSchemas(client, database, roles) {
  const runtimes = SERVICES.map((name) => quote(roles[name].runtime)).join(', ');
  const logins = [
    runtimes,
    ...SERVICES.map((name) => quote(roles[name].owner)),
    quote(roles.edge),
    quote(roles.operator),
    quote(roles.sandbox),
  ];
  const shared = quote(roles.shared);
  const statements = [
    `REVOKE ALL ON DATABASE ${quote(database)} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${quote(database)} TO ${logins.join(', ')}`,
    `ALTER DATABASE ${quote(database)} SET timezone = 'UTC'`,
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    ...SHARED_SCHEMAS.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${shared}`),
    `CREATE SCHEMA IF NOT EXISTS commerce AUTHORIZATION ${quote(roles.sandbox)}`,
    `GRANT USAGE ON SCHEMA identity, platform TO ${runtimes}, ${quote(roles.edge)}, ${quote(roles.operator)}`,
    `GRANT USAGE ON SCHEMA identity TO ${quote(roles.sandbox)}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${shared} IN SCHEMA identity GRANT SELECT ON TABLES TO ${runtimes}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${shared} IN SCHEMA identity GRANT ${WRITE} ON TABLES TO ${quote(roles.sandbox)}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${shared} IN SCHEMA platform GRANT ${WRITE} ON TABLES TO ${runtimes}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${shared} IN SCHEMA platform GRANT USAGE, SELECT ON SEQUENCES TO ${runtimes}`,
    ...SERVICES.flatMap((name) => serviceSchemas(name, roles[name])),
    // Their rights on tables come from the migrations, one by one; the operator's without any credential or secret.
    `GRANT USAGE ON SCHEMA ${OWN_SCHEMAS.payment.join(', ')} TO ${quote(roles.operator)}, ${quote(roles.edge)}`,
  ];
  await client.query(`BEGIN; ${statements.join('; ')}; COMMIT`);
}

function serviceSchemas(name, role) {
  const owner = quote(role.owner);
  const runtime = quote(role.runtime);
  const schemas = OWN_SCHEMAS[name].join(', ');
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schemas}`;
  return [
    ...OWN_SCHEMAS[name].map((schema) => `CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${owner}`),
    `GRANT USAGE ON SCHEMA ${schemas} TO ${runtime}`,
    `${defaults} GRANT ${WRITE} ON TABLES TO ${runtime}`,
    `${defaults} GRANT USAGE, SELECT ON SEQUENCES TO ${runtime}`,
  ];
}

const quote = (name) => `"${name.replaceAll('"', '""')}"`;
