import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../infra/paths.mjs';
import { makeSecrets } from '../secrets.mjs';
import { parseVariables } from './variables.mjs';

/** Compose reads it by itself; it holds secrets, so git ignores it and nobody else may read it. */
export const ENV_FILE = join(ROOT, '.env');

/** Fresh values for every secret that docker-compose.yml requires, by the name of its variable. */
export function makeComposeSecrets() {
  const { applicationSecretKeys, invoiceCredentialsKeys, invoiceClaimKeys, webhookSecret, webhookInternalSecret } =
    makeSecrets();
  const roles = [
    'PAYMENT_OWNER',
    'PAYMENT',
    'INVOICE_OWNER',
    'INVOICE',
    'SIGNAL_OWNER',
    'SIGNAL',
    'SANDBOX',
    'CONNECT',
  ];
  // In hexadecimal: they stand in URLs too.
  const password = () => randomBytes(24).toString('hex');
  return {
    NX_POSTGRES_PASSWORD: password(),
    ...Object.fromEntries(roles.map((role) => [`NX_POSTGRES_PASSWORD_${role}`, password()])),
    NX_PAYMENT_KEYS: applicationSecretKeys,
    NX_INVOICE_CREDENTIALS_KEYS: invoiceCredentialsKeys,
    NX_INVOICE_CLAIM_KEYS: invoiceClaimKeys,
    NX_WEBHOOK_SECRET: webhookSecret,
    NX_WEBHOOK_INTERNAL_SECRET: webhookInternalSecret,
    NX_GRAFANA_PASSWORD: password(),
  };
}

/**
 * Adds what is missing to the file; what is there stays, because data was written under it.
 * @returns {string[]} the names that were added
 */
export function writeComposeSecrets(file = ENV_FILE) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const known = parseVariables(text);
  const added = Object.entries(makeComposeSecrets()).filter(([name]) => !known[name]);
  if (added.length === 0) return [];
  const lines = added.map(([name, value]) => `${name}=${value}\n`).join('');
  writeFileSync(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`, { mode: 0o600 });
  return added.map(([name]) => name);
}
