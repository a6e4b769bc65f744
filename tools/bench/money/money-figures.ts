import { cdcMeasurement } from './cdc';
import { checkoutMeasurement } from './checkout';
import { GOALS } from '../goals';
import { ipnMeasurement } from './ipn';
import { issuanceMeasurement } from './issuance';
import { ledgerMeasurement } from './ledger';
import type { Measurement } from './measurement';
import { outcomeOf, type Outcome } from '../outcome';
import { processesMeasurement, startMeasurement } from './processes';
import { pushMeasurement } from './push';
import { webhooksMeasurement } from './webhooks';

/** The paths of money, in the order in which a payment walks them. */
export const MONEY_MEASUREMENTS: readonly Measurement[] = [
  checkoutMeasurement,
  ipnMeasurement,
  ledgerMeasurement,
  webhooksMeasurement,
  pushMeasurement,
  issuanceMeasurement,
  cdcMeasurement,
  processesMeasurement,
  startMeasurement,
];

export interface MoneyRun {
  readonly outcomes: readonly Outcome[];
  /** Names of measurements that broke, with the reason. */
  readonly broken: string[];
}

/** Measures one after the other, each in a system of its own. One that breaks leaves the others their turn. */
export async function moneyOutcomes(chosen: readonly Measurement[], quick: boolean): Promise<MoneyRun> {
  const options = quick ? { rounds: 2, timeMs: 1_000 } : { rounds: 5, timeMs: 2_000 };
  const outcomes: Outcome[] = [];
  const broken: string[] = [];
  for (const { name, goals, measure } of chosen) {
    process.stderr.write(`${name}\n`);
    try {
      const samples = await measure({ ...options, log: (line) => process.stderr.write(`  ${line}\n`) });
      for (const key of goals) {
        const sample = samples[key];
        if (sample !== undefined) outcomes.push(outcomeOf(GOALS[key], sample));
      }
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`  ${why}\n`);
      broken.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { outcomes, broken };
}
