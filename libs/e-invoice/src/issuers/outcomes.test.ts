import { describe, expect, it } from 'vitest';
import { clientErrorOutcome } from './outcomes';

const raw = { request: { method: 'POST', url: 'https://vendor.example/issue' } };

describe('clientErrorOutcome', () => {
  it.each([
    [400, true],
    [401, false],
    [403, false],
    [404, true],
    [407, true],
    [410, true],
    [422, true],
  ])('%s is a no; for good: %s', (httpStatus, permanent) => {
    const refused = { outcome: 'REFUSED', permanent, httpStatus, raw };
    const bare = { ...refused, code: `HTTP_${httpStatus}`, message: `status ${httpStatus}` };
    expect(clientErrorOutcome(httpStatus, undefined, '', raw)).toEqual(bare);
    expect(clientErrorOutcome(httpStatus, 'X', 'no', raw)).toEqual({ ...refused, code: 'X', message: 'no' });
  });

  it.each([
    [408, 'TIMEOUT'],
    [409, 'DUPLICATE_REQUEST'],
  ])('%s leaves open whether the invoice is there', (status, reason) => {
    expect(clientErrorOutcome(status, 'X', 'busy', raw)).toEqual({
      outcome: 'UNKNOWN',
      reason,
      message: `status ${status} X busy`,
      raw,
    });
    expect(clientErrorOutcome(status, undefined, '', raw)).toMatchObject({ message: `status ${status}` });
  });
});
