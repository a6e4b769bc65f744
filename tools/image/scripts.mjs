/**
 * Commands of payment that the old platform had as scripts of the same name: `node scripts/retry-refund.js <arguments>` goes
 * on working in the image (spec of operations, 1 and 3).
 */
export const SCRIPTS = [
  'query-failed-transactions',
  'find-stuck-transactions',
  'check-gateway-transaction',
  'resolve-stuck-transaction',
  'replay-transaction',
  'list-failed-refunds',
  'retry-refund',
];

/** The whole script: the command's name, then what stands on the command line. */
export const scriptText = (name) => `process.argv.splice(2, 0, '${name}');\nrequire('../dist/ops.js');\n`;
