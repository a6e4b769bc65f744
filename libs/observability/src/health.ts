import { answerWithin, NoAnswerError } from './answer-within';

export interface HealthCheck {
  ok: boolean;
  detail?: string;
}

export interface HealthIndicator {
  name: string;
  check(): Promise<HealthCheck> | HealthCheck;
  /** Counts for ready. */
  readiness: boolean;
  /** Shown to operators by `health/deep` (always so for indicators of readiness). */
  deep?: boolean;
}

export interface IndicatorReport extends HealthCheck {
  name: string;
  readiness: boolean;
}

export interface HealthReport {
  ok: boolean;
  status: 'ok' | 'unavailable' | 'stopping';
  indicators: IndicatorReport[];
}

const CHECK_TIMEOUT_MS = 2000;

/** The one list of what this process depends on. */
export class HealthRegistry {
  private readonly indicators = new Map<string, HealthIndicator>();
  private readonly stopListeners: (() => void)[] = [];
  private stopping = false;

  /** @throws Error when the name is taken */
  register(indicator: HealthIndicator): void {
    if (this.indicators.has(indicator.name)) throw new Error(`health indicator ${indicator.name} is registered twice`);
    this.indicators.set(indicator.name, indicator);
  }

  /** Whether requests may be sent here. */
  async ready(): Promise<HealthReport> {
    if (this.stopping) return { ok: false, status: 'stopping', indicators: [] };
    return this.report([...this.indicators.values()].filter((indicator) => indicator.readiness));
  }

  /** Whether the process lives: that it answers is the proof. */
  live(): HealthReport {
    return { ok: true, status: 'ok', indicators: [] };
  }

  /** Everything, for operators; `ok` is that of readiness. */
  async deep(): Promise<HealthReport> {
    const report = await this.report([...this.indicators.values()]);
    return this.stopping ? { ...report, ok: false, status: 'stopping' } : report;
  }

  /** From now on not ready: the balancer takes the process out before it stops. */
  setStopping(): void {
    if (this.stopping) return;
    this.stopping = true;
    for (const listener of this.stopListeners.splice(0)) listener();
  }

  /** Calls `listener` once, as soon as a stop begins: what takes work by itself takes none from then on. */
  onStopping(listener: () => void): void {
    if (this.stopping) listener();
    else this.stopListeners.push(listener);
  }

  private async report(indicators: HealthIndicator[]): Promise<HealthReport> {
    const reports = await Promise.all(indicators.map(reportOf));
    const ok = reports.every((report) => report.ok || !report.readiness);
    return { ok, status: ok ? 'ok' : 'unavailable', indicators: reports };
  }
}

async function reportOf(indicator: HealthIndicator): Promise<IndicatorReport> {
  const { name, readiness } = indicator;
  try {
    const { ok, detail } = await answerWithin(Promise.resolve(indicator.check()), CHECK_TIMEOUT_MS);
    return { name, readiness, ok, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    if (error instanceof NoAnswerError) return { name, readiness, ok: false, detail: error.message };
    // The text of an error may hold addresses or SQL: its class and code are enough here, the log has the rest.
    const code = (error as { code?: unknown }).code;
    const type = error instanceof Error ? error.name : 'error';
    return { name, readiness, ok: false, detail: typeof code === 'string' ? `${type} ${code}` : type };
  }
}
