import { Redis } from 'ioredis';
import type { ServiceProcess } from '../system.mjs';
import { pause } from './pause';
import type { FaultPlan } from './plan';
import type { ArmedFault } from './sandbox-faults';
import type { ServerName } from './servers';
import type { Shop } from './shop';
import type { Stage } from './stage';

/** How long a process that another fault holds down is waited for before it is struck. */
const STANDING_MS = 15_000;
/** A fail point that nobody passes for so long is given up. */
const PASSED_MS = 30_000;

/** Does one fault and mends it. Resolves when it is over, with what was really done. */
export async function strike(fault: FaultPlan, stage: Stage, shop: Shop, stop: AbortSignal): Promise<string> {
  switch (fault.kind) {
    case 'kill':
      return kill(await standing(stage, fault.target, stop), fault, stop);
    case 'fail-point':
      return dieAt(await standing(stage, fault.target, stop), fault, stop);
    case 'pause':
      return freeze(await standing(stage, fault.target, stop), fault, stop);
    case 'redis-empty':
      return emptyRedis(stage);
    case 'redis-stop':
      return stopServer(stage, 'redis', 'SIGKILL', fault, stop);
    case 'kafka-stop':
      return stopServer(stage, 'kafka', fault.number % 2 === 0 ? 'SIGKILL' : 'SIGTERM', fault, stop);
    case 'postgres-stop':
      return stopServer(stage, 'postgres', 'SIGQUIT', fault, stop);
    case 'cut':
      return cut(stage, fault.target as ServerName);
    case 'silence':
      return silence(stage, fault, stop);
    default:
      return inTheWorld(fault, shop, stop);
  }
}

async function standing(stage: Stage, name: string, stop: AbortSignal): Promise<ServiceProcess> {
  const child = stage.system.process(name);
  if (child === undefined) throw new Error(`there is no process ${name}`);
  for (let waited = 0; !stage.monitor.healthy(name) && waited < STANDING_MS && !stop.aborted; waited += 100)
    await pause(100);
  return child;
}

async function kill(child: ServiceProcess, { lastsMs }: FaultPlan, stop: AbortSignal): Promise<string> {
  if (child.exitStatus !== null) return `${child.name} was down`;
  await child.kill();
  await pause(lastsMs, stop);
  if (!stop.aborted) await child.start({ wait: false });
  return `SIGKILL ${child.name}`;
}

/** Starts the process anew with a point at which it dies, and starts it again when it has. */
async function dieAt(
  child: ServiceProcess,
  { failPoint = '', lastsMs }: FaultPlan,
  stop: AbortSignal,
): Promise<string> {
  if (child.exitStatus !== null) return `${child.name} was down`;
  await child.kill();
  await child.start({ wait: false, variables: { APP_ENV_FAIL_POINTS: failPoint } });
  const begin = Date.now();
  while (child.exitStatus === null && Date.now() - begin < PASSED_MS && !stop.aborted) await pause(100);
  const met = child.exitStatus !== null;
  if (!met) await child.kill();
  await pause(lastsMs, stop);
  if (!stop.aborted) await child.start({ wait: false });
  return `${child.name} ${met ? 'died' : 'never came to die'} at ${failPoint}`;
}

async function freeze(child: ServiceProcess, { lastsMs }: FaultPlan, stop: AbortSignal): Promise<string> {
  if (child.exitStatus !== null) return `${child.name} was down`;
  child.signal('SIGSTOP');
  await pause(lastsMs, stop);
  child.signal('SIGCONT');
  return `SIGSTOP ${child.name} for ${(lastsMs / 1_000).toFixed(1)} s`;
}

async function emptyRedis({ servers }: Stage): Promise<string> {
  const redis = new Redis(servers.own.redis.url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const keys = await redis.dbsize();
    await redis.flushall();
    return `FLUSHALL, ${keys} keys gone`;
  } finally {
    redis.disconnect();
  }
}

async function stopServer(
  stage: Stage,
  name: ServerName,
  signal: NodeJS.Signals,
  { lastsMs }: FaultPlan,
  stop: AbortSignal,
) {
  const server = stage.servers.own[name];
  await server.end(signal);
  await pause(lastsMs, stop);
  if (!stop.aborted) await server.start();
  return `${signal} ${name}, away ${(lastsMs / 1_000).toFixed(1)} s`;
}

async function cut({ servers }: Stage, name: ServerName): Promise<string> {
  const doomed = servers.wires[name].breakMidMessage();
  await Promise.resolve();
  return `${doomed} connections to ${name}`;
}

/** Nothing arrives any more, and nobody is told: as when a route is lost. */
async function silence({ servers }: Stage, { target, lastsMs }: FaultPlan, stop: AbortSignal): Promise<string> {
  const wire = servers.wires[target as ServerName];
  wire.freeze();
  await pause(lastsMs, stop);
  wire.mend();
  return `no bytes to or from ${target} for ${(lastsMs / 1_000).toFixed(1)} s`;
}

/** The sandbox plays everybody outside. */
async function inTheWorld({ arm = [], target, lastsMs }: FaultPlan, shop: Shop, stop: AbortSignal): Promise<string> {
  const disarming: (() => Promise<unknown>)[] = [];
  for (const armed of arm) disarming.push(await armOne(armed, shop));
  await pause(lastsMs, stop);
  const fired = stop.aborted ? [] : await Promise.all(disarming.map((disarm) => disarm()));
  const count = fired.filter((value): value is number => typeof value === 'number').reduce((sum, one) => sum + one, 0);
  return `${target} for ${(lastsMs / 1_000).toFixed(0)} s${count > 0 ? `, struck ${count}` : ''}`;
}

async function armOne({ to, body }: ArmedFault, { sandbox }: Shop): Promise<() => Promise<unknown>> {
  if (to === '/sale/subscriber') {
    await sandbox.post(to, body);
    return () => sandbox.post(to, { mode: 'up' });
  }
  const { fault } = await sandbox.post<{ fault: { id: number } }>(to, body);
  return async () => {
    const { data } = await sandbox.get<{ data: readonly { id: number; fired: number }[] }>('/faults');
    await sandbox.call('DELETE', `/faults/${fault.id}`);
    return data.find(({ id }) => id === fault.id)?.fired ?? 0;
  };
}
