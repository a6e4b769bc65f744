import { EmvError } from './emv-error';
import { findEmv } from './emv';
import type { EmvInput, EmvNode } from './emv';
import { amountText, checkText, readAmount, textAt } from './field-checks';
import { readTip, writeTip } from './tip';
import type { Tip } from './tip';

/** STATIC: shown to many buyers. DYNAMIC: made for one payment, so it has an amount. */
export type Initiation = 'STATIC' | 'DYNAMIC';

/** What a Vietnamese merchant QR says beside the account: EMV QRCPS objects 01 and 52 to 62, in dong. */
export interface MerchantFields {
  /** Object 01. */
  readonly initiation?: Initiation;
  /** Object 52, ISO 18245: four digits. */
  readonly categoryCode?: string;
  /** Object 54: whole VND, at most 13 digits. A static code may have one, as VNPAY's shop posters do. */
  readonly amountMinor?: bigint;
  /** Objects 55 to 57. */
  readonly tip?: Tip;
  /** Object 59, at most 25 characters. */
  readonly merchantName?: string;
  /** Object 60, at most 15 characters. */
  readonly city?: string;
  /** Object 61, at most 10 characters. */
  readonly postalCode?: string;
  /** Object 62.01; this and the other members of 62 have at most 25 characters each, and 99 together with their heads. */
  readonly billNumber?: string;
  /** Object 62.03. */
  readonly storeLabel?: string;
  /** Object 62.05. */
  readonly referenceLabel?: string;
  /** Object 62.06. */
  readonly customerLabel?: string;
  /** Object 62.07. */
  readonly terminalLabel?: string;
  /** Object 62.08: what the buyer's bank puts into the transfer. */
  readonly purpose?: string;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const CURRENCY_VND = '704';
const COUNTRY = 'VN';
const INITIATIONS: Readonly<Record<string, Initiation>> = { '11': 'STATIC', '12': 'DYNAMIC' };

/** Member, id, longest value; in the order in which they are written. */
const TEXTS = [
  ['merchantName', '59', 25],
  ['city', '60', 15],
  ['postalCode', '61', 10],
] as const;
const LABELS = [
  ['billNumber', '01', 25],
  ['storeLabel', '03', 25],
  ['referenceLabel', '05', 25],
  ['customerLabel', '06', 25],
  ['terminalLabel', '07', 25],
  ['purpose', '08', 25],
] as const;

/** The whole code around one merchant account template, in the order of ids. Throws `EmvError`. */
export function writeMerchantFields(account: EmvInput, fields: MerchantFields): readonly EmvInput[] {
  const object = (id: string, value: string | undefined): EmvInput[] => (value === undefined ? [] : [{ id, value }]);
  checkDynamic(fields);
  const labels = LABELS.flatMap(([name, id, maximum]) => object(id, checkText(fields[name], `62.${id}`, { maximum })));
  return [
    { id: '00', value: '01' },
    ...object('01', initiationText(fields.initiation)),
    account,
    ...object('52', checkText(fields.categoryCode, '52', { maximum: 4, pattern: /^[0-9]{4}$/ })),
    { id: '53', value: CURRENCY_VND },
    ...object('54', fields.amountMinor === undefined ? undefined : amountText(fields.amountMinor, '54')),
    ...writeTip(fields.tip),
    { id: '58', value: COUNTRY },
    ...TEXTS.flatMap(([name, id, maximum]) => object(id, checkText(fields[name], id, { maximum }))),
    ...(labels.length === 0 ? [] : [{ id: '62', children: labels }]),
  ];
}

/** Reads what `writeMerchantFields` writes; objects beyond it (64 to 99) are left alone. Throws `EmvError`. */
export function readMerchantFields(nodes: readonly EmvNode[]): MerchantFields {
  const fields: Mutable<MerchantFields> = {};
  const initiation = readInitiation(findEmv(nodes, '01'));
  if (initiation !== undefined) fields.initiation = initiation;
  const categoryCode = textAt(nodes, '52', { maximum: 4, pattern: /^[0-9]{4}$/ });
  if (categoryCode !== undefined) fields.categoryCode = categoryCode;
  demand(nodes, '53', CURRENCY_VND);
  const amount = findEmv(nodes, '54');
  if (amount !== undefined) fields.amountMinor = readAmount(amount, '54');
  const tip = readTip(nodes);
  if (tip !== undefined) fields.tip = tip;
  demand(nodes, '58', COUNTRY);
  for (const [name, id, maximum] of TEXTS) {
    const text = textAt(nodes, id, { maximum });
    if (text !== undefined) fields[name] = text;
  }
  for (const [name, id, maximum] of LABELS) {
    const text = textAt(nodes, `62.${id}`, { maximum });
    if (text !== undefined) fields[name] = text;
  }
  checkDynamic(fields);
  return fields;
}

function checkDynamic({ initiation, amountMinor }: MerchantFields): void {
  if (initiation === 'DYNAMIC' && amountMinor === undefined) {
    throw new EmvError('54', 'MISSING', 'a dynamic code names its amount');
  }
}

function initiationText(initiation: Initiation | undefined): string | undefined {
  return Object.keys(INITIATIONS).find((text) => INITIATIONS[text] === initiation);
}

function readInitiation(text: string | undefined): Initiation | undefined {
  if (text === undefined) return undefined;
  const initiation = Object.hasOwn(INITIATIONS, text) ? INITIATIONS[text] : undefined;
  if (initiation === undefined) throw new EmvError('01', 'BAD_VALUE', 'is neither 11 (static) nor 12 (dynamic)');
  return initiation;
}

function demand(nodes: readonly EmvNode[], id: string, value: string): void {
  const found = findEmv(nodes, id);
  if (found === undefined) throw new EmvError(id, 'MISSING', `must be ${value}`);
  if (found !== value) throw new EmvError(id, 'BAD_VALUE', `must be ${value}`);
}
