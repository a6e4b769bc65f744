/** Units as Grafana names them. */
export type Unit = 'short' | 'percent' | 's' | 'bytes' | 'ops' | 'per minute';

export interface Panel {
  readonly title: string;
  /** What it shows, and what to do when it is red. */
  readonly description: string;
  readonly unit: Unit;
  /** PromQL by legend; `{{label}}` in a legend is that label's value. */
  readonly queries: Readonly<Record<string, string>>;
  /** Yellow from the first and red from the second on; `below` turns it round: red below the second. */
  readonly limits?: { readonly warn: number; readonly bad: number; readonly below?: boolean };
  /** One large number instead of lines over time. */
  readonly single?: boolean;
  /** A page of docs/runbooks. */
  readonly runbook?: string;
}

export interface Dashboard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Rows from top to bottom, each with its panels from left to right. */
  readonly rows: Readonly<Record<string, readonly Panel[]>>;
}

const WIDTH = 24;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const UNITS: Readonly<Record<Unit, string>> = {
  short: 'short',
  percent: 'percent',
  s: 's',
  bytes: 'bytes',
  ops: 'ops',
  'per minute': 'cpm',
};

interface Step {
  readonly color: string;
  readonly value: number | null;
}

/** Colours from the lowest value up. */
const stepsOf = (limits: Panel['limits']): Step[] => {
  if (limits === undefined) return [{ color: 'blue', value: null }];
  const { warn, bad, below = false } = limits;
  const steps: Step[] = below
    ? [
        { color: 'red', value: null },
        { color: 'yellow', value: bad },
        { color: 'green', value: warn },
      ]
    : [
        { color: 'green', value: null },
        { color: 'yellow', value: warn },
        { color: 'red', value: bad },
      ];
  return warn === bad ? steps.filter(({ color }) => color !== 'yellow') : steps;
};

const panelOf = (panel: Panel, id: number, place: { x: number; y: number; w: number; h: number }): object => ({
  id,
  type: panel.single === true ? 'stat' : 'timeseries',
  title: panel.title,
  description: panel.description,
  gridPos: place,
  datasource: DATASOURCE,
  links:
    panel.runbook === undefined
      ? []
      : [{ title: 'Runbook', url: `https://docs.internal/runbooks/${panel.runbook}`, targetBlank: true }],
  fieldConfig: {
    defaults: {
      unit: UNITS[panel.unit],
      ...(panel.unit === 'percent' ? { min: 0, max: 100 } : { min: 0 }),
      thresholds: { mode: 'absolute', steps: stepsOf(panel.limits) },
      ...(panel.single === true
        ? { noValue: '–' }
        : { custom: { fillOpacity: 8, thresholdsStyle: { mode: panel.limits === undefined ? 'off' : 'line' } } }),
    },
    overrides: [],
  },
  options:
    panel.single === true
      ? { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'auto' }
      : {
          legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
          tooltip: { mode: 'multi' },
        },
  targets: Object.entries(panel.queries).map(([legend, expr], index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
  })),
});

/** The dashboard as Grafana imports it. A row's panels share its width; rows fold. */
export function grafanaJson({ name, title, description, rows }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  for (const [row, members] of Object.entries(rows)) {
    const base = { id: panels.length + 1, type: 'row', title: row, collapsed: false, panels: [] };
    panels.push({ ...base, gridPos: { x: 0, y, w: WIDTH, h: 1 } });
    y += 1;
    const height = members.every(({ single }) => single === true) ? 4 : 8;
    const width = Math.floor(WIDTH / members.length);
    for (const [index, panel] of members.entries())
      panels.push(panelOf(panel, panels.length + 1, { x: index * width, y, w: width, h: height }));
    y += height;
  }
  return {
    uid: `nx-${name}`,
    title,
    description,
    tags: ['nx'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'Asia/Ho_Chi_Minh',
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus', current: {}, hide: 0 },
      ],
    },
    links: [{ title: 'Others', type: 'dashboards', tags: ['nx'], asDropdown: true, keepTime: true }],
    annotations: {
      list: [
        {
          name: 'Alerts',
          enable: true,
          datasource: DATASOURCE,
          expr: 'ALERTS{alertstate="firing"}',
          titleFormat: '{{alertname}} ({{severity}})',
          iconColor: 'red',
        },
      ],
    },
    panels,
  };
}

/** 95 of 100 are faster: of a histogram's buckets, by the given labels. */
export const slowest = (metric: string, by: readonly string[], among = '', quantile = 0.95): string =>
  `histogram_quantile(${quantile}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket${among}[5m])))`;
