import { SetMetadata } from '@nestjs/common';
import { UnrecoverableError } from 'bullmq';

export const JOB_HANDLER = Symbol('job handler');

/** What a handler may know of its job. */
export interface JobContext {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly attempts: number;
  /** No further try follows a failure of this one. */
  readonly isLastAttempt: boolean;
  /** When it was handed in, ms since the epoch. */
  readonly addedAtMs: number;
}

/** Thrown by a handler: further tries are useless, the job is kept as failed at once. */
export class UnrecoverableJobError extends UnrecoverableError {}

/**
 * Thrown by a handler: its work was given up by rule and waits for a person. The job is kept as failed with the message,
 * and `payload` takes the place of its payload, so that a retry from the dashboard is told from any other nudge.
 */
export class DeadLetterJobError extends UnrecoverableJobError {
  constructor(
    message: string,
    readonly payload: object,
  ) {
    super(message);
  }
}

/** Marks the method of a provider as the one handler of a job: `(data: Jobs[name], job: JobContext) => Promise<void>`. */
export function JobHandler(name: string): MethodDecorator {
  return SetMetadata(JOB_HANDLER, name);
}
