import { describe, expect, it } from 'vitest';
import { checkJobId, defineJobs, partitionedQueues } from './job-table';

describe('the job table', () => {
  it('names partitions with two digits', () => {
    expect(partitionedQueues('@nx/invoice/queue/issuance', 3)).toEqual([
      '@nx/invoice/queue/issuance-01',
      '@nx/invoice/queue/issuance-02',
      '@nx/invoice/queue/issuance-03',
    ]);
  });

  it('refuses queue names and job ids that BullMQ would refuse', () => {
    expect(() => defineJobs<{ a: object }>()({ a: { queue: 'x:y' } })).toThrow(/colon/);
    expect(() => defineJobs<{ a: object }>()({ a: { queue: [] } })).toThrow(/no queue/);
    for (const bad of ['', 'a:b', '123', '1234567890', 'IQBapalCzY']) expect(() => checkJobId(bad)).toThrow(TypeError);
    for (const good of ['pay-123', 'issue-IQBapalCzY', 'retry-1-2', 'sweep'])
      expect(() => checkJobId(good)).not.toThrow();
  });
});
