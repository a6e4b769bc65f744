const SESSION =
  'by heap snapshots a session is 128 bytes, its connection 56, its channel with the key 90, its socket 50 more than that of ws, and its id, user and address are texts of some 200.';

/**
 * What a figure is to reach: at least a share of the lowest of its floors, at most a multiple of its floor, or a figure
 * that must not be passed.
 */
export type Goal = {
  readonly name: string;
  /** What is measured, for the table and the picture. */
  readonly title: string;
  /** Of the figures of subject and floors. */
  readonly unit: '/s' | 'ms' | 's' | 'MB' | 'B' | 'transactions';
  /** What holds the figure where it misses its goal: printed only then. */
  readonly heldBy?: string;
} & ({ readonly atLeast: number } | { readonly atMostTimes: number } | { readonly atMost: number });

export const GOALS = {
  checkout: {
    name: 'checkout',
    title: 'Checkout',
    unit: '/s',
    atLeast: 0.45,
    heldBy:
      'the process in front holds it, not the database: five tables and three events are made as JSON rows there, and the answer once more, on top of the route.',
  },
  ipn: {
    name: 'ipn',
    title: 'IPN intake',
    unit: '/s',
    atLeast: 0.6,
    heldBy:
      'a callback is verified, opened for reading, sealed and stored under its key, and nudged over Redis in two commands, which cost Redis more than the row costs PostgreSQL; the empty route does none of it. The nudge could wait for the sweeper, and the screen would wait with it.',
  },
  ledger: {
    name: 'ledger',
    title: 'Ledger postings',
    unit: '/s',
    atLeast: 0.35,
    heldBy:
      'a journal is three rows in two tables with their indexes, a look for its accounts, and a deferred check of its balance for each line; the floor is one row with one index. Checking once per journal instead of once per line would let a line be added to a balanced journal unseen.',
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
    heldBy:
      'a delivery is claimed in one commit and ended in another, so that a worker that dies in between sends it again and no other sends it meanwhile; the floor stores nothing.',
  },
  issuance: {
    name: 'issuance',
    title: 'E-invoice issuance',
    unit: '/s',
    atLeast: 0.6,
    heldBy:
      'an issuance is two transactions (taken before the call, settled after it) of some twenty statements: guarded change, audit chain, call with its fence, outbox. An empty job has none. Sharing commits over invoices is possible and not done: it pays only where a vendor answers faster than any that is known here.',
  },
  partitions: {
    name: 'partitions',
    title: 'Issuance, three partitions',
    unit: '/s',
    atLeast: 2.5,
    heldBy:
      'on two processors the work of 30 invoices at once meets the processors before it meets the vendor: partitions spread waiting, not work.',
  },
  cdc: {
    name: 'cdc',
    title: 'CDC diff',
    unit: '/s',
    atLeast: 0.5,
    heldBy:
      'what says nothing new is settled by the batch, in three statements and one commit; for each record there remain its JSON with all digits, the comparison, a line of log and its place among the offsets, of which the bare consumer does the first alone, and with fewer digits.',
  },
  push: {
    name: 'push',
    title: 'Payment to push on the POS screen',
    unit: 'ms',
    atMost: 250,
    heldBy:
      'the callback waits for nobody, but its event goes through the outbox (looked at every 200 ms, or when nudged), a job, a commit and the bus; each shares two processors with the client that is measured.',
  },
  bootPayment: { name: 'boot payment', title: 'Boot, payment', unit: 's', atMost: 3 },
  bootInvoice: { name: 'boot invoice', title: 'Boot, invoice', unit: 's', atMost: 3 },
  bootSignal: { name: 'boot signal', title: 'Boot, signal', unit: 's', atMost: 3 },
  memoryPayment: { name: 'memory payment', title: 'Idle memory, payment', unit: 'MB', atMost: 180 },
  memoryInvoice: { name: 'memory invoice', title: 'Idle memory, invoice', unit: 'MB', atMost: 180 },
  memorySignal: { name: 'memory signal', title: 'Idle memory, signal', unit: 'MB', atMost: 180 },
  start: {
    name: 'start',
    title: 'npm start, warm',
    unit: 's',
    atMost: 60,
    heldBy: 'five processes and three migrations load their modules one after the other on two processors.',
  },
  fanOut: {
    name: 'fan-out',
    title: 'Fan-out to encrypted sockets',
    unit: '/s',
    atLeast: 0.85,
    heldBy: 'beside the seal and the frame there are the limits, the order of a session and its metrics.',
  },
  fanOutSocketIo: {
    name: 'fan-out beside socket.io',
    title: 'Fan-out, beside socket.io encrypted',
    unit: '/s',
    atLeast: 1,
    heldBy: 'beside the seal and the frame there are the limits, the order of a session and its metrics.',
  },
  connectionResident: {
    name: 'connection resident',
    title: 'Idle connection, resident',
    unit: 'B',
    atMostTimes: 1.15,
    heldBy: SESSION,
  },
  connectionHeap: {
    name: 'connection heap',
    title: 'Idle connection, heap and buffers',
    unit: 'B',
    atMostTimes: 1.15,
    heldBy: SESSION,
  },
  socketIoResident: {
    name: 'socket.io connection resident',
    title: 'Idle Socket.IO connection, resident',
    unit: 'B',
    atMostTimes: 1.15,
    heldBy: SESSION,
  },
  recordToClient: {
    name: 'record to client',
    title: 'Kafka record to opened push',
    unit: 'ms',
    atMost: 50,
    heldBy:
      'a record waits behind those before it in its partition, each stored in a commit of its own (1.8 ms with all that shares the two processors), and for the acknowledgement between two fetches. By its profile the process is idle for a third of the time then, a quarter of its work is writing to PostgreSQL, and it never stood still for more than 32 ms.',
  },
  resumeStorm: {
    name: 'resume storm',
    title: 'Resume storm, per client',
    unit: 'transactions',
    atMost: 0.1,
    heldBy: 'clients that come within the same moment are looked up together; few came together here.',
  },
} as const satisfies Record<string, Goal>;

export type GoalKey = keyof typeof GOALS;
