import type { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { JOB_HANDLER, type JobContext } from './job-handler.decorator';
import type { JobTable } from './job-table';

export type RunJob = (data: object, job: JobContext) => Promise<unknown>;

/**
 * Finds the handlers among the providers and controllers.
 * Throws one Error that lists everything wrong: a name twice, a name that is not in the table, and, where jobs are
 * processed, a job without a handler.
 */
export function collectHandlers(
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  reflector: Reflector,
  jobs: JobTable,
  complete: boolean,
): ReadonlyMap<string, RunJob> {
  const handlers = new Map<string, RunJob>();
  const problems: string[] = [];
  const seen = new Set<object>();
  for (const { instance } of [...discovery.getProviders(), ...discovery.getControllers()]) {
    if (!isObject(instance) || seen.has(instance)) continue;
    seen.add(instance);
    for (const method of scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object)) {
      const callback: unknown = Reflect.get(instance, method);
      if (typeof callback !== 'function') continue;
      const name = reflector.get<string | undefined>(JOB_HANDLER, callback as () => unknown);
      if (name === undefined) continue;
      const where = `${instance.constructor.name}.${method}`;
      if (!Object.hasOwn(jobs, name)) problems.push(`${where} handles "${name}", which is not in the job table`);
      if (handlers.has(name)) problems.push(`job "${name}" has a second handler ${where}`);
      handlers.set(name, async (data, job) => (callback as RunJob).call(instance, data, job));
    }
  }
  if (complete) {
    for (const name of Object.keys(jobs)) if (!handlers.has(name)) problems.push(`job "${name}" has no handler`);
  }
  if (problems.length > 0) throw new Error(`job handlers: ${problems.join('; ')}`);
  return handlers;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null;
}
