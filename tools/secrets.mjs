import { randomBytes } from 'node:crypto';
import { localPath } from './infra/paths.mjs';
import { readJson, writeJson } from './infra/store.mjs';

const FILE = localPath('secrets.json');

/**
 * The secrets of this clone's services, made once and kept readable by their owner alone: data written under them must
 * still open after the next start.
 */
export function cloneSecrets() {
  const known = readJson(FILE, {});
  const secrets = { ...makeSecrets(), ...known };
  if (Object.keys(secrets).some((name) => known[name] === undefined)) writeJson(FILE, secrets);
  return secrets;
}

/** Fresh secrets, for a system whose database does not outlive it. */
export function makeSecrets() {
  const random = () => randomBytes(32).toString('hex');
  return {
    applicationSecretKeys: `dev1:${random()}`,
    invoiceCredentialsKeys: `dev1:${random()}`,
    invoiceClaimKeys: `dev1:${random()}`,
    webhookSecret: random(),
    webhookInternalSecret: random(),
  };
}
