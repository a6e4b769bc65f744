import pg from 'pg';
import { createDatabase, derivedPassword } from '../database.mjs';

const CONNECT_ROLE = 'nx_commerce_connect';

/** Roles whose password the environment gives, because a service or a neighbour signs in with it. */
const PASSWORDS = {
  nx_payment_owner: 'PAYMENT_OWNER',
  nx_payment: 'PAYMENT',
  nx_invoice_owner: 'INVOICE_OWNER',
  nx_invoice: 'INVOICE',
  nx_signal_owner: 'SIGNAL_OWNER',
  nx_signal: 'SIGNAL',
  nx_sandbox: 'SANDBOX',
  [CONNECT_ROLE]: 'CONNECT',
};

/**
 * The first job of a composed system: database, schemas and roles, and the role with which the connector reads commerce's
 * table. A second run changes nothing but passwords that were given anew.
 */
async function main(env) {
  const adminUrl = given(env, 'APP_ENV_POSTGRES_ADMIN_URL');
  const passwordFor = (role) =>
    PASSWORDS[role] ? given(env, `NX_POSTGRES_PASSWORD_${PASSWORDS[role]}`) : derivedPassword(adminUrl, role);
  const { database } = await createDatabase(adminUrl, { passwordFor });
  await createConnectRole(adminUrl, database, passwordFor(CONNECT_ROLE));
  process.stdout.write(`database ${database}, its schemas and roles are there\n`);
}

function given(env, name) {
  if (!env[name]) throw new Error(`${name} is not set`);
  return env[name];
}

async function createConnectRole(adminUrl, database, password) {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'nx-setup' });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [CONNECT_ROLE]);
    const verb = found.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${CONNECT_ROLE} LOGIN REPLICATION PASSWORD ${client.escapeLiteral(password)}`);
    await client.query(`GRANT CONNECT ON DATABASE ${client.escapeIdentifier(database)} TO ${CONNECT_ROLE}`);
  } finally {
    await client.end();
  }
}

try {
  await main(process.env);
} catch (error) {
  process.stderr.write(`the database was not set up: ${error.message}\n`);
  process.exitCode = 1;
}
