import type { Job, Queue } from 'bullmq';
import type { RedisClient } from './redis-connection';

/** Lists of a queue in which a job waits, with the key that holds them. */
const WAITING = [
  ['waiting', 'wait'],
  ['delayed', 'delayed'],
] as const;
const PAGE = 500;

/**
 * Takes a job out of the list in which it waits, with everything that Redis knows of it, in one step. 0: a worker was
 * faster, or it is gone. Without this step a job that a worker has just taken could be put into a second queue.
 */
const TAKE_OUT = `
local taken
if ARGV[2] == 'delayed' then taken = redis.call('ZREM', KEYS[1], ARGV[1]) else taken = redis.call('LREM', KEYS[1], 1, ARGV[1]) end
if taken > 0 then redis.call('DEL', KEYS[2]) end
return taken`;

/** A job that waits elsewhere than it should. */
export interface Misplaced {
  readonly job: Job;
  readonly from: Queue;
  readonly to: Queue;
}

/**
 * Moves the waiting and delayed jobs of a queue for which `target` names another queue; running ones end where they are. `now` in ms.
 * Gives how many were moved. A job is out of its queue before it is in the other one, so that it is never in two: a
 * process that dies in between loses a nudge, and the table has it.
 */
export async function moveJobs(
  from: Queue,
  connection: RedisClient,
  target: (job: Job) => Queue | undefined,
  now: number,
): Promise<number> {
  let moved = 0;
  for (const [state, list] of WAITING) {
    // What is moved leaves the list, so the next page starts after what stayed.
    for (let start = 0; ;) {
      const jobs = await from.getJobs([state], start, start + PAGE - 1, true);
      if (jobs.length === 0) break;
      let stayed = 0;
      for (const job of jobs) {
        const to = target(job as Job);
        if (to === undefined || to.name === from.name) stayed += 1;
        else if (await move({ job: job as Job, from, to }, list, connection, now)) moved += 1;
      }
      if (jobs.length < PAGE) break;
      start += stayed;
    }
  }
  return moved;
}

async function move(
  { job, from, to }: Misplaced,
  list: string,
  connection: RedisClient,
  now: number,
): Promise<boolean> {
  const id = job.id ?? '';
  const taken = await connection.eval(TAKE_OUT, 2, from.toKey(list), from.toKey(id), id, list);
  if (Number(taken) === 0) return false;
  const { delay: _delay, jobId: _jobId, ...options } = job.opts;
  const delay = list === 'delayed' ? Math.max(0, job.timestamp + job.delay - now) : 0;
  await to.add(job.name, job.data, { ...options, jobId: id, ...(delay > 0 ? { delay } : {}) });
  return true;
}
