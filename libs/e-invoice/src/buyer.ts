import type { Problem } from './problem';
import { covers } from './law/rules/effective';
import type { Effective } from './law/rules/effective';
import type { SeriesLetter } from './law/rules/series-rules';
import { checkTaxCode } from './tax-code/check-tax-code';
import { textProblem, tidyText } from './text-rules';
import type { IsoDate } from './vietnam-date';

interface Contact {
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
}

/** A business: all three are printed and decide the buyer's deduction. */
export interface CompanyBuyer extends Contact {
  readonly kind: 'COMPANY';
  readonly taxCode: string;
  readonly legalName: string;
  readonly address: string;
  /** The person who bought for the company. */
  readonly contactName?: string | undefined;
  /** Code of a unit with relations to the state budget. */
  readonly budgetUnitCode?: string | undefined;
}

export interface PersonBuyer extends Contact {
  readonly kind: 'PERSON';
  readonly name: string;
  /** Twelve digits. */
  readonly personalId?: string | undefined;
  readonly address?: string | undefined;
}

/** A buyer who gave nothing, or only a way to reach him. */
export interface ConsumerBuyer extends Contact {
  readonly kind: 'CONSUMER';
}

export type InvoiceBuyer = CompanyBuyer | PersonBuyer | ConsumerBuyer;

/** The name of a buyer who gives none; it may not be left blank (Decree 254/2026 Art. 10, from 2026-07-01). */
export const CONSUMER_NAME = 'Bán cho người tiêu dùng';

/** A kind of buyer data that stands for the buyer on invoices of some series. */
export interface BuyerDataRule extends Effective {
  readonly data: 'PHONE';
  readonly letters: readonly SeriesLetter[];
  readonly citation: string;
}

/** Decree 254/2026 Art. 10.4: on cash-register invoices a phone number is buyer data like a tax code. */
export const BUYER_DATA_RULES: readonly BuyerDataRule[] = [
  {
    data: 'PHONE',
    letters: ['M'],
    citation: 'Nghị định số 254/2026/NĐ-CP, Điều 10 khoản 4',
    effectiveFrom: '2026-07-01',
    effectiveTo: null,
  },
];

/** By what an invoice knows its buyer. */
export type BuyerIdentification = 'TAX_CODE' | 'PERSONAL_ID' | 'PHONE' | 'NAME' | 'NONE';

const PERSONAL_ID = /^\d{12}$/;
const EMAIL = /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/;
const PHONE = /^\+?\d{8,15}$/;

type Members = Readonly<Record<string, unknown>>;

/**
 * Checks buyer data of an untrusted source. An empty list means that `normalizeBuyer` takes it.
 * A company with a person's number, and a person with a company's, are refused: the deduction hangs on it.
 */
export function validateBuyer(input: unknown): readonly Problem[] {
  if (typeof input !== 'object' || input === null) return [{ pointer: '', detail: 'must be an object' }];
  const members = input as Members;
  return [...kindProblems(members), ...contactProblems(members)];
}

/** The buyer in canonical form: trimmed, one space between words, tax code with its dash. Throws a TypeError if invalid. */
export function normalizeBuyer(input: unknown): InvoiceBuyer {
  const [problem] = validateBuyer(input);
  if (problem !== undefined) throw new TypeError(`buyer is not valid: ${problem.pointer} ${problem.detail}`);
  const members = input as Members;
  const contact = { ...optional('email', tidyText(members['email'])), ...optional('phone', phoneOf(members)) };
  switch (members['kind']) {
    case 'COMPANY':
      return {
        kind: 'COMPANY',
        taxCode: checkTaxCode(tidyText(members['taxCode'])).normalized,
        legalName: tidyText(members['legalName']),
        address: tidyText(members['address']),
        ...optional('contactName', tidyText(members['contactName'])),
        ...optional('budgetUnitCode', tidyText(members['budgetUnitCode'])),
        ...contact,
      };
    case 'PERSON':
      return {
        kind: 'PERSON',
        name: tidyText(members['name']),
        ...optional('personalId', tidyText(members['personalId'])),
        ...optional('address', tidyText(members['address'])),
        ...contact,
      };
    default:
      return { kind: 'CONSUMER', ...contact };
  }
}

/** The name that stands on the invoice. */
export function buyerDisplayName(buyer: InvoiceBuyer): string {
  if (buyer.kind === 'COMPANY') return buyer.legalName;
  return buyer.kind === 'PERSON' ? buyer.name : CONSUMER_NAME;
}

/**
 * By what the invoice of a series and day knows this buyer. A phone counts only where the law takes it for buyer data;
 * elsewhere it is a way to reach him and is not printed as his identity.
 */
export function identifyBuyer(buyer: InvoiceBuyer, letter: SeriesLetter, invoiceDate: IsoDate): BuyerIdentification {
  if (buyer.kind === 'COMPANY') return 'TAX_CODE';
  if (buyer.kind === 'PERSON' && buyer.personalId !== undefined) return 'PERSONAL_ID';
  const phoneCounts = BUYER_DATA_RULES.some((rule) => rule.letters.includes(letter) && covers(rule, invoiceDate));
  if (phoneCounts && buyer.phone !== undefined) return 'PHONE';
  return buyer.kind === 'PERSON' ? 'NAME' : 'NONE';
}

function kindProblems(members: Members): Problem[] {
  switch (members['kind']) {
    case 'COMPANY':
      return [
        ...companyTaxCodeProblems(members),
        ...textProblems(members, 'legalName', true, 400),
        ...textProblems(members, 'address', true, 400),
        ...textProblems(members, 'contactName', false, 100),
        ...textProblems(members, 'budgetUnitCode', false, 20),
        ...foreignProblems(members, ['personalId', 'name'], 'belongs to a person; send kind PERSON'),
      ];
    case 'PERSON':
      return [
        ...textProblems(members, 'name', true, 100),
        ...personalIdProblems(members),
        ...textProblems(members, 'address', false, 400),
        ...foreignProblems(members, ['taxCode', 'legalName'], 'belongs to a company; send kind COMPANY'),
      ];
    case 'CONSUMER':
      return foreignProblems(members, ['taxCode', 'legalName', 'name', 'personalId'], 'a consumer gives no such data');
    default:
      return [{ pointer: '/kind', detail: 'must be COMPANY, PERSON or CONSUMER' }];
  }
}

function companyTaxCodeProblems(members: Members): Problem[] {
  const pointer = '/taxCode';
  const missing = textProblems(members, 'taxCode', true, 20);
  if (missing.length > 0) return missing;
  const check = checkTaxCode(tidyText(members['taxCode']));
  if (!check.valid) return [{ pointer, detail: check.reason }];
  if (check.kind === 'PERSONAL') {
    return [{ pointer, detail: 'is a personal identification number; send kind PERSON with personalId' }];
  }
  return [];
}

function personalIdProblems(members: Members): Problem[] {
  const wrongType = textProblems(members, 'personalId', false, 20);
  const text = tidyText(members['personalId']);
  if (wrongType.length > 0 || text === '') return wrongType;
  return PERSONAL_ID.test(text) ? [] : [{ pointer: '/personalId', detail: 'must be 12 digits' }];
}

function contactProblems(members: Members): Problem[] {
  const problems = [...textProblems(members, 'email', false, 254), ...textProblems(members, 'phone', false, 30)];
  if (problems.length > 0) return problems;
  const email = tidyText(members['email']);
  if (email !== '' && !EMAIL.test(email)) problems.push({ pointer: '/email', detail: 'must be one e-mail address' });
  const phone = phoneOf(members);
  if (phone !== '' && !PHONE.test(phone)) problems.push({ pointer: '/phone', detail: 'must be 8 to 15 digits' });
  return problems;
}

function textProblems(members: Members, name: string, required: boolean, maxLength: number): Problem[] {
  const detail = textProblem(members[name], maxLength, required);
  return detail === undefined ? [] : [{ pointer: `/${name}`, detail }];
}

function foreignProblems(members: Members, names: readonly string[], detail: string): Problem[] {
  return names.filter((name) => tidyText(members[name]) !== '').map((name) => ({ pointer: `/${name}`, detail }));
}

function phoneOf(members: Members): string {
  return tidyText(members['phone']).replaceAll(/[\s.()-]/g, '');
}

function optional<K extends string>(name: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<K, string>);
}
