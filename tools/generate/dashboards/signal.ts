import { slowest, type Dashboard } from './panel';

export const SIGNAL: Dashboard = {
  name: 'signal',
  title: 'Signal',
  description:
    'Who is connected, and do pushes arrive? Nothing here loses money; screens show old data when it is red.',
  rows: {
    'At a glance': [
      {
        title: 'Instances that hear the bus',
        description: 'The lowest of all: 0 = an instance pushes nothing. Red: Redis, then that instance.',
        unit: 'short',
        queries: { heard: 'min(signal_bus_subscribed)' },
        limits: { warn: 1, bad: 1, below: true },
        single: true,
        runbook: 'missing-notification.md',
      },
      {
        title: 'Sockets',
        description:
          'Ready ones over all instances. A sudden fall: a deploy, the gateway in front, or identity’s keys.',
        unit: 'short',
        queries: { ready: 'sum(signal_sockets{state="ready"})' },
        single: true,
      },
      {
        title: 'Push, 99 of 100',
        description: 'From the arrival of a message to the last socket. Red: too many sockets for one instance.',
        unit: 's',
        queries: { push: slowest('signal_push_seconds', [], '', 0.99) },
        limits: { warn: 0.1, bad: 0.25 },
        single: true,
      },
      {
        title: 'Notification, 95 of 100',
        description: 'From the record on the broker to the push. Red: the consumer is behind, or the database slow.',
        unit: 's',
        queries: { notification: slowest('signal_notification_seconds', []) },
        limits: { warn: 1, bad: 5 },
        single: true,
        runbook: 'missing-notification.md',
      },
    ],
    Connections: [
      {
        title: 'Sockets by instance',
        description: 'Ready and waiting for their first frame. Many that wait: clients that do not say who they are.',
        unit: 'short',
        queries: { '{{instance}} {{state}}': 'sum by (instance, state) (signal_sockets)' },
      },
      {
        title: 'Connections refused',
        description: 'Per minute, by reason. Tokens: identity’s keys. Limits: a client that comes back too fast.',
        unit: 'per minute',
        queries: { '{{reason}}': '60 * sum by (reason) (rate(signal_upgrades_refused_total[5m]))' },
        runbook: 'jwks-away.md',
      },
      {
        title: 'Closed by us',
        description: 'Per minute, by code. 1001: a deploy. 4xxx: the protocol’s own, see the guide of the stream.',
        unit: 'per minute',
        queries: { '{{code}}': '60 * sum by (code) (rate(signal_sockets_closed_total[5m]))' },
      },
      {
        title: 'Rooms asked for',
        description: 'Per minute, by outcome. Refusals: the owner of the room is away, or it is not theirs.',
        unit: 'per minute',
        queries: { '{{outcome}}': '60 * sum by (outcome) (rate(signal_room_joins_total[5m]))' },
      },
    ],
    Pushes: [
      {
        title: 'Pushes to sockets',
        description: 'Per second. Dropped: slow clients; those that resume are brought up to date.',
        unit: 'ops',
        queries: { '{{outcome}}': 'sum by (outcome) (rate(signal_pushes_total[5m]))' },
      },
      {
        title: 'Messages on the bus',
        description: 'Per second, by outcome. Bad ones: a producer of another version.',
        unit: 'ops',
        queries: { '{{outcome}}': 'sum by (outcome) (rate(signal_bus_messages_total[5m]))' },
        runbook: 'redis-wiped.md',
      },
      {
        title: 'Inboxes brought up to date',
        description: 'Per minute, by outcome. Many after an outage are the way back.',
        unit: 'per minute',
        queries: { '{{outcome}}': '60 * sum by (outcome) (rate(signal_resumes_total[5m]))' },
        runbook: 'missing-notification.md',
      },
      {
        title: 'Records not handled yet',
        description: 'By topic. Red: bells ring late.',
        unit: 'short',
        queries: { '{{topic}}': 'max by (topic) (kafka_consumer_lag{service="signal"})' },
        limits: { warn: 100, bad: 1000 },
        runbook: 'kafka-away.md',
      },
    ],
  },
};
