import { Redis, type RedisOptions } from 'ioredis';

interface Node {
  readonly host: string;
  readonly port: number;
}

/** What this library reads of the Redis settings (`RedisConfig` of the configuration library fits). */
export interface BusRedisSettings {
  readonly mode: 'single' | 'cluster';
  readonly url: string;
  readonly nodes: readonly Node[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAXIMUM_MS = 2_000;
/** How often a connection looks whether its node left the cluster: it still takes messages, and nobody hears them. */
const LOOK_MS = 5_000;

/** Milliseconds until the next try. For ever, quickly at first: a server that gave up would stay deaf. */
export const reconnectDelay = (times: number): number =>
  Math.min(RECONNECT_MAXIMUM_MS, RECONNECT_FIRST_MS * 2 ** Math.min(times - 1, 10));

/** Options of every connection to the bus's Redis: what cannot be sent now fails at once, and it never gives up. */
export function busOptions({ username, password }: BusRedisSettings): RedisOptions {
  return {
    connectTimeout: 3_000,
    keepAlive: 5_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: reconnectDelay,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/**
 * One connection to the bus. A cluster hands every message to all its nodes, so that one node is enough, and all that
 * one process says keeps its order, which it loses on the way over several nodes. When the node goes, the connection
 * goes on to the next one: of those that the cluster itself names, and of those in the settings. Never gives up; what
 * cannot be sent now fails at once. Nothing is subscribed again by itself.
 */
export function busConnection(
  settings: BusRedisSettings,
  { lookMs = LOOK_MS, ...options }: RedisOptions & { lookMs?: number } = {},
): Redis {
  const common = { ...busOptions(settings), ...options };
  const redis =
    settings.mode === 'single' ? new Redis(settings.url, common) : clusterConnection(settings, common, lookMs);
  // Being away is told by its owner; without a listener it would end the process.
  redis.on('error', () => undefined);
  return redis;
}

function clusterConnection(settings: BusRedisSettings, common: RedisOptions, lookMs: number): Redis {
  const nodes = new ClusterNodes(settings.nodes);
  const redis: Redis = new Redis({
    ...common,
    ...nodes.next(),
    retryStrategy: (times) => {
      // The driver reads the address anew at each connection.
      Object.assign(redis.options, nodes.next());
      return reconnectDelay(times);
    },
  });
  // Ahead of any subscription, after which the connection takes no other command.
  redis.on('ready', () => void learn(redis, nodes));
  const look = setInterval(() => void leaveLoneNode(redis), lookMs).unref();
  redis.once('end', () => clearInterval(look));
  return redis;
}

/** The nodes to try, one after the other; where it begins is left to chance, so that a cluster is loaded evenly. */
class ClusterNodes {
  private known: readonly Node[];
  private at: number;

  constructor(private readonly configured: readonly Node[]) {
    this.known = configured;
    this.at = Math.floor(Math.random() * configured.length);
  }

  next(): Node | undefined {
    this.at = (this.at + 1) % Math.max(1, this.known.length);
    const node = this.known[this.at];
    return node === undefined ? undefined : { host: node.host, port: node.port };
  }

  learn(named: readonly Node[]): void {
    const all = [...named, ...this.configured];
    this.known = all.filter((node, at) => all.findIndex((other) => isSame(node, other)) === at);
  }
}

const isSame = (left: Node, right: Node): boolean => left.host === right.host && left.port === right.port;

async function learn(redis: Redis, nodes: ClusterNodes): Promise<void> {
  try {
    nodes.learn(nodesOf(await redis.cluster('SLOTS')));
  } catch {
    // The nodes known so far go on being tried.
  }
}

/** Of the answer to CLUSTER SLOTS: ranges of slots, each with its nodes as `[host, port, …]`. */
function nodesOf(slots: unknown): Node[] {
  const found: Node[] = [];
  for (const range of listOf(slots)) {
    for (const node of listOf(range).slice(2)) {
      const [host, port] = listOf(node);
      if (typeof host === 'string' && host !== '' && typeof port === 'number') found.push({ host, port });
    }
  }
  return found;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A subscribed connection refuses the question: whether it is heard is for its owner to find out. */
async function leaveLoneNode(redis: Redis): Promise<void> {
  try {
    const state = String(await redis.cluster('INFO'));
    if (redis.status === 'ready' && !state.includes('cluster_state:ok')) redis.disconnect(true);
  } catch {
    // It is away, and being connected anew, or it listens.
  }
}
