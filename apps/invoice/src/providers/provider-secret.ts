import { invalidField } from '@nx/contracts';
import { issuerOf } from '../issuance/call-issuer';
import type { ProviderSecret } from './provider-credentials';
import type { UpdateProviderRequest } from './provider.dto';

const LONGEST = 500;

/**
 * The secrets of a request, undefined when it has none; they come all together or not at all. Throws an AppError that
 * names the first member that is missing, too much, or no text.
 */
export function secretOf(provider: string, request: UpdateProviderRequest): ProviderSecret | undefined {
  const { clientId, clientSecret, credentials } = request;
  if (clientId === undefined && clientSecret === undefined && credentials === undefined) return undefined;
  if (clientId === undefined || clientSecret === undefined) {
    const missing = clientId === undefined ? '/clientId' : '/clientSecret';
    throw invalidField('request.invalid', missing, 'changes together with the other credential');
  }
  const further = furtherSecrets(provider, credentials ?? {});
  return Object.keys(further).length === 0
    ? { clientId, clientSecret }
    : { clientId, clientSecret, credentials: further };
}

function furtherSecrets(provider: string, given: Readonly<Record<string, unknown>>): Record<string, string> {
  const { extraCredentials } = issuerOf(provider);
  const foreign = Object.keys(given).find((name) => !extraCredentials.includes(name));
  if (foreign !== undefined) {
    throw invalidField('request.invalid', '/credentials', `${provider} has no credential of one of these names`);
  }
  return Object.fromEntries(
    extraCredentials.map((name) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (typeof value !== 'string' || value === '' || value.length > LONGEST) {
        throw invalidField(
          'request.invalid',
          `/credentials/${name}`,
          `is required by ${provider}: 1 to ${LONGEST} characters`,
        );
      }
      return [name, value];
    }),
  );
}
