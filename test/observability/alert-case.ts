/** One way in which a rule fires. Series have a value every 15 seconds, in the notation of promtool. */
export interface AlertCase {
  /** Title of the rule, as `titleOf` makes it. */
  readonly rule: string;
  /** Beyond the limit from the start. */
  readonly over: Readonly<Record<string, string>>;
  /** Just within the limit. */
  readonly under: Readonly<Record<string, string>>;
  /** Seconds after which the limit is passed: a rate needs two values. */
  readonly since: number;
  /** Labels that the alert has from its series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What the person who is called reads. */
  readonly summary: string;
  readonly description: string;
}

/** A gauge that stays. */
export const stays = (value: number): string => `${value}x200`;
/** A counter that grows by so much every 15 seconds. */
export const grows = (step: number): string => `0+${step}x200`;
/** A counter that grows until so much is reached, and no further. */
export const growsTo = (value: number): string => `0+1x${value} ${value}x200`;
