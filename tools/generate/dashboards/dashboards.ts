import { INVOICE } from './invoice';
import { MONEY_SAFETY } from './money-safety';
import { grafanaJson } from './panel';
import { PAYMENT } from './payment';
import { PROVIDERS_BOARD } from './providers';
import { QUEUES_BOARD } from './queues';
import { SIGNAL } from './signal';

const BOARDS = [PAYMENT, INVOICE, SIGNAL, MONEY_SAFETY, PROVIDERS_BOARD, QUEUES_BOARD];

/** Grafana's JSON of each dashboard by its file name below observability/dashboards. */
export const dashboards = (): Map<string, string> =>
  new Map(BOARDS.map((board) => [`${board.name}.json`, `${JSON.stringify(grafanaJson(board), null, 2)}\n`]));
