import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { currentContext, traceIdOf } from './context';
import { redact, redactText } from './redact';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  service: string;
  mode: string;
  level?: LogLevel;
  /** Where lines go; standard output when not given. */
  destination?: DestinationStream;
  /** Coloured lines for people; by default when standard output is a terminal. */
  pretty?: boolean;
}

/** JSON lines with redaction by key at any depth; every line carries the ids of the request that it follows from. */
export class Logger {
  private constructor(
    private readonly pino: Pino,
    private readonly shared: { nodeId?: number },
    private readonly bound: Readonly<Record<string, unknown>>,
  ) {}

  static create(options: LoggerOptions): Logger {
    const pretty = options.pretty ?? (options.destination === undefined && process.stdout.isTTY === true);
    const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
    const stream = pretty ? PinoPretty({ destination, sync: true, ignore: 'hostname,pid' }) : destination;
    const base = { service: options.service, mode: options.mode };
    const formatters = { level: (label: string): object => ({ level: label }) };
    const settings = { level: options.level ?? 'info', base, formatters, timestamp: pino.stdTimeFunctions.isoTime };
    return new Logger(pino(settings, stream), {}, {});
  }

  /** A logger whose lines carry these fields too. */
  child(fields: object): Logger {
    return new Logger(this.pino, this.shared, { ...this.bound, ...(redact(fields) as object) });
  }

  /** From now on every line of this process names the node id that it has leased. */
  setNodeId(nodeId: number | undefined): void {
    if (nodeId === undefined) delete this.shared.nodeId;
    else this.shared.nodeId = nodeId;
  }

  debug(message: string, fields?: object): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields?: object): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields?: object): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields?: object): void {
    this.write('error', message, fields);
  }

  /** A security event (key access, rotation, failed authentication, forged callback): a stream of its own, no payloads. */
  security(event: string, fields?: object): void {
    this.write('warn', event, { ...fields, stream: 'security' });
  }

  private write(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: object | undefined): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const safe = fields === undefined ? undefined : (redact(fields) as object);
    this.pino[level]({ ...this.shared, ...contextFields(), ...this.bound, ...safe }, redactText(message));
  }
}

function contextFields(): Record<string, unknown> {
  const context = currentContext();
  if (!context) return {};
  const { traceparent, ...ids } = context;
  const traceId = traceIdOf(traceparent);
  return traceId === undefined ? ids : { ...ids, traceId };
}
