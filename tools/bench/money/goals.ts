/** What a figure is to reach: a share of the lowest of its floors, or a figure that must not be passed. */
export type Goal = {
  readonly name: string;
  /** What is measured, for the table and the picture. */
  readonly title: string;
  /** Of the figures of subject and floors. */
  readonly unit: '/s' | 'ms' | 's' | 'MB';
  /** What holds the figure where it misses its goal: printed only then. */
  readonly heldBy?: string;
} & ({ readonly atLeast: number } | { readonly atMost: number });

export const GOALS = {
  checkout: {
    name: 'checkout',
    title: 'Checkout',
    unit: '/s',
    atLeast: 0.45,
  },
  ipn: {
    name: 'ipn',
    title: 'IPN intake',
    unit: '/s',
    atLeast: 0.6,
  },
  ledger: {
    name: 'ledger',
    title: 'Ledger postings',
    unit: '/s',
    atLeast: 0.35,
  },
  hotAccount: {
    name: 'hot account',
    title: 'Ledger postings, one hot merchant',
    unit: '/s',
    atLeast: 0.6,
  },
  webhooks: {
    name: 'webhooks',
    title: 'Webhook deliveries, stored',
    unit: '/s',
    atLeast: 0.4,
  },
  issuance: {
    name: 'issuance',
    title: 'E-invoice issuance',
    unit: '/s',
    atLeast: 0.6,
  },
  partitions: {
    name: 'partitions',
    title: 'Issuance, three partitions',
    unit: '/s',
    atLeast: 2.5,
  },
  cdc: {
    name: 'cdc',
    title: 'CDC diff',
    unit: '/s',
    atLeast: 0.5,
  },
  push: {
    name: 'push',
    title: 'Payment to push on the POS screen',
    unit: 'ms',
    atMost: 250,
  },
  bootPayment: { name: 'boot payment', title: 'Boot, payment', unit: 's', atMost: 3 },
  bootInvoice: { name: 'boot invoice', title: 'Boot, invoice', unit: 's', atMost: 3 },
  bootSignal: { name: 'boot signal', title: 'Boot, signal', unit: 's', atMost: 3 },
  memoryPayment: { name: 'memory payment', title: 'Idle memory, payment', unit: 'MB', atMost: 180 },
  memoryInvoice: { name: 'memory invoice', title: 'Idle memory, invoice', unit: 'MB', atMost: 180 },
  memorySignal: { name: 'memory signal', title: 'Idle memory, signal', unit: 'MB', atMost: 180 },
  start: { name: 'start', title: 'npm start, warm', unit: 's', atMost: 60 },
} as const satisfies Record<string, Goal>;

export type GoalKey = keyof typeof GOALS;
