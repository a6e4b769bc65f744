import type { FastifyInstance } from 'fastify';
import type { Sandbox } from '../sandbox';
import { SandboxError } from '../shared/errors';
import { Reader } from '../shared/reader';
import { serveWithFaults } from '../faults/serve-with-faults';
import { addMember, removeMember } from './members';
import { claimsOf, personaOf, PERSONAS, roleOf, type Claims } from './personas';
import { issueToken, type TokenOptions } from './tokens';

const DAY_SECONDS = 86_400;

function encryptionOf(sandbox: Sandbox, read: Reader): TokenOptions['encryption'] {
  const asked = read.raw('encrypted') ?? sandbox.runtime.encryptedClaims;
  if (asked === undefined || asked === false || asked === null) return undefined;
  if (asked !== true && asked !== 'cbc' && asked !== 'gcm')
    throw read.wrong('encrypted', "must be true, false, 'cbc' or 'gcm'");
  const secret = read.optionalText('claimsSecret') ?? sandbox.settings.claimsSecret;
  if (secret === undefined)
    throw new SandboxError(422, 'SANDBOX_CLAIMS_SECRET is not set, and no /claimsSecret is given');
  return { secret, cipher: asked === true ? 'cbc' : asked };
}

/** `roles` may be given as identifiers, and merchant and organizer ids as lists; identity writes its own forms. */
function normalised(seed: string, claims: Record<string, unknown>): Claims {
  const result = { ...claims };
  if (Array.isArray(claims['roles'])) {
    result['roles'] = claims['roles'].map((role: unknown) => (typeof role === 'string' ? roleOf(seed, role) : role));
  }
  for (const name of ['merchantIds', 'organizerIds']) {
    const value = claims[name];
    if (Array.isArray(value)) result[name] = value.join(',');
  }
  return result;
}

export function identityRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { keys, faults, settings, database, stop } = sandbox;

  app.get('/jw-certs', (_request, reply) =>
    serveWithFaults(reply, faults.draw('identity.jwks', 'jwks'), stop.signal, () => ({
      status: 200,
      body: keys.publicSet(),
      headers: { 'cache-control': 'public, max-age=3600' },
    })),
  );

  app.get('/identity/personas', async () => ({
    data: PERSONAS.map((name) => personaOf(settings.seed, name)),
  }));

  app.post('/identity/tokens', async (request) => {
    const read = new Reader(request.body ?? {});
    const name = read.optionalOneOf('persona', PERSONAS);
    const given = normalised(settings.seed, read.optionalObject('claims') ?? {});
    if (name === undefined && !read.has('claims')) throw read.wrong('persona', 'or /claims must be given');
    const claims = { ...(name === undefined ? {} : claimsOf(personaOf(settings.seed, name))), ...given };
    const expiresInSeconds = read.optionalInteger('expiresInSeconds') ?? DAY_SECONDS;
    return issueToken(keys, claims, { expiresInSeconds, encryption: encryptionOf(sandbox, read) });
  });

  app.post('/identity/rotate-keys', async (request) => {
    const key = keys.rotate(new Reader(request.body ?? {}).flag('withdrawOld'));
    return { kid: key.kid, keys: keys.publicSet().keys };
  });

  app.post('/identity/members', async (request, reply) =>
    reply.code(201).send(await addMember(database, request.body)),
  );
  app.delete('/identity/members', async (request) => removeMember(database, request.body));
}
