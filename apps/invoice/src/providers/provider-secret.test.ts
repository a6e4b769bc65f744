import { describe, expect, it } from 'vitest';
import { secretOf } from './provider-secret';

const two = { clientId: 'user', clientSecret: 'password' };
const vnpt = { serviceUser: 'service', servicePassword: 'secret' };

/** Pointers of the refusal, or what came out. */
function tried(provider: string, request: Parameters<typeof secretOf>[1]): unknown {
  try {
    return secretOf(provider, request);
  } catch (error) {
    return (error as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
  }
}

describe('secretOf', () => {
  it.each([
    ['VNPAY', {}, undefined],
    ['VNPAY', two, two],
    ['VNPAY', { ...two, credentials: {} }, two],
    ['VNPAY', { clientId: 'user' }, ['/clientSecret']],
    ['VNPAY', { clientSecret: 'password' }, ['/clientId']],
    ['VNPAY', { ...two, credentials: { appId: 'x' } }, ['/credentials']],
    ['MISA', { ...two, credentials: { appId: 'x' } }, { ...two, credentials: { appId: 'x' } }],
    ['MISA', two, ['/credentials/appId']],
    ['MISA', { credentials: { appId: 'x' } }, ['/clientId']],
    ['VNPT', { ...two, credentials: vnpt }, { ...two, credentials: vnpt }],
    ['VNPT', { ...two, credentials: { serviceUser: 'service' } }, ['/credentials/servicePassword']],
    ['VNPT', { ...two, credentials: { ...vnpt, servicePassword: '' } }, ['/credentials/servicePassword']],
    ['VNPT', { ...two, credentials: { ...vnpt, serviceUser: 'x'.repeat(501) } }, ['/credentials/serviceUser']],
    ['VNPT', { ...two, credentials: { ...vnpt, more: 'x' } }, ['/credentials']],
  ])('%s: %j', (provider, request, expected) => {
    expect(tried(provider, request)).toEqual(expected);
  });
});
