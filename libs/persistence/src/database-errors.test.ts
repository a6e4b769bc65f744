import { describe, expect, it } from 'vitest';
import { hasSqlState, isDiskFull, isInfrastructureError, isReadOnlyError } from './database-errors';

/** As the driver throws it; TypeORM wraps it once more. */
const stateOf = (code: string): Error => Object.assign(new Error(code), { code });
const wrapped = (code: string): Error => Object.assign(new Error('query failed'), { driverError: stateOf(code) });

describe('an error of the database', () => {
  it.each([
    ['57P03', 'the server starts up, shuts down or recovers'],
    ['57P01', 'an administrator ended the connection'],
    ['57P02', 'another backend crashed'],
    ['57P05', 'the connection was idle for too long'],
    ['08000', 'connection'],
    ['08006', 'connection failure'],
    ['08P01', 'protocol violation, as a pooler reports a lost server'],
    ['53000', 'resources'],
    ['53100', 'disk full'],
    ['53200', 'out of memory'],
    ['53300', 'too many connections'],
    ['58030', 'input or output'],
    ['58P01', 'a file of the server is missing'],
    ['25006', 'read-only'],
    ['28P01', 'a password that is being rotated'],
    ['28000', 'a login that is being changed'],
    ['26000', 'a prepared statement that a pooler lost'],
    ['40001', 'serialization: it may simply be repeated'],
    ['40P01', 'deadlock: ditto'],
    ['ECONNREFUSED', 'nobody listens'],
    ['ECONNRESET', 'cut'],
    ['COMMIT_OUTCOME_UNKNOWN', 'ours'],
    ['TRANSACTION_LOST', 'ours'],
  ])('%s is one of the infrastructure: %s', (code) => {
    for (const error of [stateOf(code), wrapped(code), new AggregateError([stateOf('x'), stateOf(code)])]) {
      expect(isInfrastructureError(error)).toBe(true);
    }
  });

  it.each([
    ['23505', 'unique violation'],
    ['23503', 'foreign key'],
    ['23514', 'check'],
    ['22P02', 'a text that is no number'],
    ['42P01', 'a table that is not there'],
    ['42501', 'a right that is missing'],
    ['55P03', 'a lock that was not got in time'],
    ['57014', 'a statement that took too long'],
    ['P0001', 'a rule of our own'],
  ])('%s is one of the statement: %s', (code) => {
    for (const error of [stateOf(code), wrapped(code)]) expect(isInfrastructureError(error)).toBe(false);
  });

  it.each([
    ['Connection terminated unexpectedly', true],
    ['timeout exceeded when trying to connect', true],
    ['Query read timeout', true],
    ['Client was closed and is not queryable', true],
    ['Cannot use a pool after calling end on the pool', true],
    ['cannot read properties of undefined', false],
  ])('without a code, "%s": %s', (message, expected) => {
    expect(isInfrastructureError(new Error(message))).toBe(expected);
  });

  it('is told apart where it matters which one it is', () => {
    expect([isDiskFull(wrapped('53100')), isDiskFull(wrapped('53200'))]).toEqual([true, false]);
    expect([isReadOnlyError(wrapped('25006')), isReadOnlyError(wrapped('57P03'))]).toEqual([true, false]);
    expect([hasSqlState(wrapped('40001'), '40001'), hasSqlState('40001', '40001')]).toEqual([true, false]);
  });
});
