import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJobId, defineJobs, javaHashCode, partitionByKey, partitionedQueues } from './job-table';

describe('the job table', () => {
  it('names partitions with two digits', () => {
    expect(partitionedQueues('@nx/invoice/queue/issuance', 3)).toEqual([
      '@nx/invoice/queue/issuance-01',
      '@nx/invoice/queue/issuance-02',
      '@nx/invoice/queue/issuance-03',
    ]);
  });

  it.each([
    ['', 0],
    ['hello', 99162322],
    ['IQBapalCzY', javaByDefinition('IQBapalCzY')],
    ['polygenelubricants', -2147483648],
  ])('hashes "%s" as Java does', (text, hash) => {
    expect(javaHashCode(text)).toBe(hash);
  });

  it('keeps a key in one partition within the count', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (key, count) => {
        const partition = partitionByKey(key, count);
        expect(partition).toBe(partitionByKey(key, count));
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(count);
        expect(javaHashCode(key)).toBe(javaByDefinition(key));
      }),
    );
    expect(partitionByKey('polygenelubricants', 3)).toBe(1);
  });

  it('refuses queue names and job ids that BullMQ would refuse', () => {
    expect(() => defineJobs<{ a: object }>()({ a: { queue: 'x:y' } })).toThrow(/colon/);
    expect(() => defineJobs<{ a: object }>()({ a: { queue: [] } })).toThrow(/no queue/);
    for (const bad of ['', 'a:b', '123', '1234567890', 'IQBapalCzY']) expect(() => checkJobId(bad)).toThrow(TypeError);
    for (const good of ['pay-123', 'issue-IQBapalCzY', 'retry-1-2', 'sweep'])
      expect(() => checkJobId(good)).not.toThrow();
  });
});

/** s[0]·31^(n−1) + … + s[n−1] in 32 bits, as the language's definition says it. */
function javaByDefinition(text: string): number {
  const sum = [...Array(text.length).keys()].reduce((total, index) => total * 31n + BigInt(text.charCodeAt(index)), 0n);
  return Number(BigInt.asIntN(32, sum));
}
