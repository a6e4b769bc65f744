import { mkdirSync } from 'node:fs';
import { startSystem, type ProcessPlan, type System } from '../system.mjs';
import { openFront, type Front } from './front';
import { Monitor } from './monitor';
import { ROLES } from './plan';
import { openServers, type Servers } from './servers';
import { DRILL_SETTINGS } from './settings';
import type { DemoUrls } from '../demo/merchant.mjs';

/** The whole system of a drill, with everything that can be done to it. */
export interface Stage {
  readonly servers: Servers;
  readonly system: System;
  readonly monitor: Monitor;
  /** Past the wires, the fronts of the services included. */
  readonly urls: DemoUrls;
  readonly logFolder: string;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly seed: string;
  readonly replicas: number;
  readonly logFolder: string;
  readonly log: (line: string) => void;
  /** Ends it in the middle of the start, too. */
  readonly stop: AbortSignal;
}

export const DATABASE = 'nx_chaos';

const SERVED = ['payment', 'invoice', 'signal'] as const;

/** Starts servers, fronts, sandbox and so many replicas of each process, until all are ready. */
export async function openStage({ seed, replicas, logFolder, log, stop }: StageOptions): Promise<Stage> {
  mkdirSync(logFolder, { recursive: true });
  const endings: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const fronts = { payment: await openFront(), invoice: await openFront(), signal: await openFront() };
    for (const front of Object.values(fronts)) endings.push(() => front.close());
    const servers = await openServers(logFolder, log);
    endings.push(() => servers.close());
    stop.throwIfAborted();
    const system = await startSystem({
      infra: servers.addresses,
      database: DATABASE,
      fronts: { payment: fronts.payment.url, invoice: fronts.invoice.url, signal: fronts.signal.url },
      processes: processesOf(replicas),
      overrides: DRILL_SETTINGS,
      sandbox: { seed: `chaos-${seed}` },
      logFolder,
      log,
      signal: stop,
    });
    endings.push(() => system.stop());
    stop.throwIfAborted();
    const watching = new AbortController();
    const monitor = new Monitor(() => system.processes, watching.signal);
    endings.push(() => {
      watching.abort();
      return monitor.close();
    });
    serve(fronts, system, monitor);
    return { servers, system, monitor, urls: urlsOf(fronts, system), logFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function processesOf(replicas: number): ProcessPlan[] {
  return ROLES.flatMap((role) => {
    const [service = '', mode = 'full'] = role.split('-');
    return Array.from({ length: replicas }, (_, index) => {
      return { name: `${role}-${index + 1}`, service, mode } as ProcessPlan;
    });
  });
}

function serve(fronts: Record<(typeof SERVED)[number], Front>, { processes }: System, monitor: Monitor): void {
  for (const service of SERVED) {
    const replicas = processes.filter((child) => child.service === service && child.mode !== 'worker');
    fronts[service].serve(replicas.map(({ name, port }) => ({ port, healthy: () => monitor.healthy(name) })));
  }
}

function urlsOf(fronts: Record<(typeof SERVED)[number], Front>, { processes, endpoints }: System): DemoUrls {
  const base = (service: (typeof SERVED)[number]): string => {
    const child = processes.find((one) => one.service === service);
    return `${fronts[service].url}${child?.baseUrl.slice(child.url.length) ?? ''}`;
  };
  return {
    sandbox: endpoints.sandbox,
    payment: base('payment'),
    invoice: base('invoice'),
    signal: base('signal'),
    stream: fronts.signal.url,
  };
}
