import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger';

/** Nest's own lines in the format of ours. */
export class NestLoggerAdapter implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.info(text(message), fields(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(text(message), fields(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(text(message), fields(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.error(text(message), fields(message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(text(message), fields(message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(text(message), fields(message, rest));
  }
}

function text(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : 'nest';
}

/** Nest passes the class's name last and, with errors, a stack before it. */
function fields(message: unknown, rest: unknown[]): object {
  const context = rest.at(-1);
  const stack = rest.find((item) => typeof item === 'string' && item.includes('\n    at '));
  return {
    ...(typeof context === 'string' && context !== stack ? { context } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(message instanceof Error ? { error: message } : typeof message === 'object' ? { value: message } : {}),
  };
}
