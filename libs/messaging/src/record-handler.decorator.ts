import { applyDecorators, Catch, UseFilters, type ArgumentsHost, type RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';

/** Handlers of this transport alone reach the consumer. */
export const RECORD_TRANSPORT = Symbol('kafka-records');

/** A topic by its logical name, or a change feed by the names that sites use for it. */
export type RecordSource = string | { readonly cdc: readonly string[] };

export interface RecordHandlerExtras {
  readonly source: RecordSource;
  /** Shown in logs and metrics. */
  readonly name: string;
}

/** Nest would replace the error by a text; the consumer has to know what it was. */
@Catch()
class KeepError implements RpcExceptionFilter<unknown> {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/** The pattern under which Nest files the handler. */
export function patternOf(source: RecordSource): string {
  return typeof source === 'string' ? source : `cdc:${source.cdc.join('|')}`;
}

/**
 * Marks a controller's method as the handler of a topic: `(@Payload() record: InboundRecord) => Promise<void>`.
 * The offset is committed after the promise resolves; what it throws decides what happens to the record.
 * Of the names of a change feed every one that exists is read. A topic has one handler per process.
 */
export const RecordHandler = (source: RecordSource, options: { name?: string } = {}): MethodDecorator =>
  applyDecorators((target: object, property: string | symbol, descriptor: PropertyDescriptor) => {
    const extras: RecordHandlerExtras = { source, name: options.name ?? String(property) };
    return EventPattern(patternOf(source), RECORD_TRANSPORT, { record: extras })(target, property, descriptor);
  }, UseFilters(new KeepError()));
