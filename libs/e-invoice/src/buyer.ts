import type { Problem } from './problem';
import { checkTaxCode } from './tax-code/check-tax-code';

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
  const problems = [...kindProblems(members), ...contactProblems(members)];
  return problems;
}

/** The buyer in canonical form: trimmed, one space between words, tax code with its dash. Throws a TypeError if invalid. */
export function normalizeBuyer(input: unknown): InvoiceBuyer {
  const [problem] = validateBuyer(input);
  if (problem !== undefined) throw new TypeError(`buyer is not valid: ${problem.pointer} ${problem.detail}`);
  const members = input as Members;
  const contact = { ...optional('email', tidy(members['email'])), ...optional('phone', phoneOf(members)) };
  switch (members['kind']) {
    case 'COMPANY':
      return {
        kind: 'COMPANY',
        taxCode: checkTaxCode(tidy(members['taxCode'])).normalized,
        legalName: tidy(members['legalName']),
        address: tidy(members['address']),
        ...optional('contactName', tidy(members['contactName'])),
        ...optional('budgetUnitCode', tidy(members['budgetUnitCode'])),
        ...contact,
      };
    case 'PERSON':
      return {
        kind: 'PERSON',
        name: tidy(members['name']),
        ...optional('personalId', tidy(members['personalId'])),
        ...optional('address', tidy(members['address'])),
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
  const check = checkTaxCode(tidy(members['taxCode']));
  if (!check.valid) return [{ pointer, detail: check.reason }];
  if (check.kind === 'PERSONAL') {
    return [{ pointer, detail: 'is a personal identification number; send kind PERSON with personalId' }];
  }
  return [];
}

function personalIdProblems(members: Members): Problem[] {
  const wrongType = textProblems(members, 'personalId', false, 20);
  const text = tidy(members['personalId']);
  if (wrongType.length > 0 || text === '') return wrongType;
  return PERSONAL_ID.test(text) ? [] : [{ pointer: '/personalId', detail: 'must be 12 digits' }];
}

function contactProblems(members: Members): Problem[] {
  const problems = [...textProblems(members, 'email', false, 254), ...textProblems(members, 'phone', false, 30)];
  if (problems.length > 0) return problems;
  const email = tidy(members['email']);
  if (email !== '' && !EMAIL.test(email)) problems.push({ pointer: '/email', detail: 'must be one e-mail address' });
  const phone = phoneOf(members);
  if (phone !== '' && !PHONE.test(phone)) problems.push({ pointer: '/phone', detail: 'must be 8 to 15 digits' });
  return problems;
}

function textProblems(members: Members, name: string, required: boolean, maxLength: number): Problem[] {
  const value = members[name];
  const pointer = `/${name}`;
  if (value === undefined || value === null || value === '')
    return required ? [{ pointer, detail: 'is required' }] : [];
  if (typeof value !== 'string') return [{ pointer, detail: 'must be text' }];
  const text = tidy(value);
  if (text === '') return required ? [{ pointer, detail: 'is required' }] : [];
  if (text.length > maxLength) return [{ pointer, detail: `must have at most ${maxLength} characters` }];
  // eslint-disable-next-line no-control-regex -- control characters break the invoice XML and the vendors' JSON readers
  return /[\u0000-\u001f\u007f]/.test(text) ? [{ pointer, detail: 'must not hold control characters' }] : [];
}

function foreignProblems(members: Members, names: readonly string[], detail: string): Problem[] {
  return names.filter((name) => tidy(members[name]) !== '').map((name) => ({ pointer: `/${name}`, detail }));
}

function tidy(value: unknown): string {
  return typeof value === 'string' ? value.normalize('NFC').trim().replaceAll(/\s+/g, ' ') : '';
}

function phoneOf(members: Members): string {
  return tidy(members['phone']).replaceAll(/[\s.()-]/g, '');
}

function optional<K extends string>(name: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<K, string>);
}
