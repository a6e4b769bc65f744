import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWire, type Wire } from '@nx/testing';
import { openSupervisor } from '../children.mjs';
import type { InfraAddresses } from '../environment.mjs';
import { privateServers, type PrivateServers } from '../infra/private-servers.mjs';
import { reserveFreePort } from '../infra/reservations.mjs';

export type ServerName = keyof PrivateServers;

/** Servers of a drill's own, each behind a wire that can be cut. */
export interface Servers {
  readonly own: PrivateServers;
  readonly wires: Readonly<Record<ServerName, Wire>>;
  /** Through the wires: what the services are given. */
  readonly addresses: InfraAddresses;
  /** Past the wire, as the server's administrator. */
  readonly postgresUrl: string;
  close(): Promise<void>;
}

/** How long a server that does not end by itself is waited for when everything ends. */
const GRACE_MS = 5_000;

/** Starts PostgreSQL, Redis and Kafka in a temporary folder. Whatever happens, they end with this process. */
export async function openServers(logFolder: string, log: (line: string) => void): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'nx-chaos-'));
  // PostgreSQL's user has to get to its own folder in here.
  chmodSync(folder, 0o711);
  const supervisor = openSupervisor({ graceMs: GRACE_MS });
  const wires: Wire[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(wires.map((wire) => wire.close()));
    await supervisor.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // Servers are stopped and started again: their ports must not be anybody's meanwhile.
    const [postgres, redis] = [await reserveFreePort(), await reserveFreePort()];
    const [kafka, kafkaController] = [await reserveFreePort(), await reserveFreePort()];
    const wire = async (port: number): Promise<Wire> => {
      const opened = await openWire(`127.0.0.1:${port}`);
      wires.push(opened);
      return opened;
    };
    const three = { postgres: await wire(postgres), redis: await wire(redis), kafka: await wire(kafka) };
    const ports = {
      postgres,
      redis,
      kafka,
      kafkaController,
      kafkaAdvertised: Number(three.kafka.through.split(':')[1]),
    };
    const own = await privateServers({ folder, logFolder, supervisor, ports, log });
    await Promise.all([own.postgres, own.redis, own.kafka].map((server) => server.start()));
    return { own, wires: three, addresses: addressesOf(own, three), postgresUrl: own.postgres.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function addressesOf(own: PrivateServers, wires: Servers['wires']): InfraAddresses {
  const through = (url: string, wire: Wire): string => {
    const address = new URL(url);
    address.port = wire.through.split(':')[1] ?? '';
    return address.toString();
  };
  return {
    postgresAdminUrl: through(own.postgres.url, wires.postgres),
    redisUrl: through(own.redis.url, wires.redis),
    kafkaBrokers: wires.kafka.through,
  };
}
