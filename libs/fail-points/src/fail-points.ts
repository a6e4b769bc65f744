import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import type { FailPoint, FailPointAction } from './parse-fail-point';

/** What is about to happen, or has just happened, to the world outside this process. */
type Step =
  /** rows become visible to others */
  | 'commit'
  /** a record goes to the broker */
  | 'publish'
  /** a job goes to its queue */
  | 'enqueue'
  /** somebody else's server is asked */
  | 'call'
  /** a record's offset or a job is reported as done */
  | 'acknowledge'
  /** a request is answered */
  | 'answer';

export interface FailPointOptions {
  /** Stands before every name. */
  readonly service: string;
  readonly armed: readonly FailPoint[];
  /** Each name is appended to this file when it is passed for the first time. */
  readonly recordFile?: string | undefined;
  /** What is done at an armed point; by default the process does it to itself. */
  readonly act?: (action: FailPointAction, name: string) => void;
}

const work = new AsyncLocalStorage<string>();
let passing: ((step: Step, moment: 'before' | 'after', what: string) => void) | undefined;

/** Arms and records points of this process from here on. Nothing is done when there is nothing to arm or record. */
export function armFailPoints({ service, armed, recordFile, act = actOnOneself }: FailPointOptions): void {
  if (armed.length === 0 && recordFile === undefined) return;
  const left = armed.map((point) => ({ ...point, passed: 0 }));
  const known = new Set<string>();
  passing = (step, moment, what) => {
    const running = work.getStore();
    const name = `${service}.${step}.${moment}:${what}${running === undefined ? '' : `:${running}`}`;
    if (recordFile !== undefined && !known.has(name)) {
      known.add(name);
      appendFileSync(recordFile, `${name}\n`);
    }
    for (const point of left) {
      if (!matches(point.name, name)) continue;
      point.passed += 1;
      if (point.passed === point.passing) act(point.action, name);
    }
  };
}

/** Makes every point a no-op again. */
export function disarmFailPoints(): void {
  passing = undefined;
}

/** Whether anything is armed or recorded: what a name costs to find out is spent only then. */
export function failPointsOn(): boolean {
  return passing !== undefined;
}

/**
 * A place at which a process may die: `<service>.<step>.<before|after>:<what>[:<during>]`. Called by the infrastructure
 * alone, around everything that others can see.
 */
export function failPoint(step: Step, moment: 'before' | 'after', what: string): void {
  passing?.(step, moment, what);
}

/** Runs `run`, and all that it starts, as the work of that name: a route, a job, a topic. */
export function during<T>(name: string, run: () => T): T {
  return passing === undefined ? run() : work.run(name, run);
}

function matches(wanted: string, name: string): boolean {
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

/** Neither signal can be caught: nothing is flushed, released or told to anybody. */
function actOnOneself(action: FailPointAction, name: string): void {
  process.stderr.write(`fail point ${name}: ${action}\n`);
  process.kill(process.pid, action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
}
