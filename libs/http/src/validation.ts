import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { AppError, type FieldProblem } from '@nx/contracts';
import { findCardNumber } from '@nx/crypto';

/** Rules of class-validator that pin a member's format, so that no card number can stand in it. */
const FORMAT_RULES = new Set([
  'matches',
  'isEnum',
  'isIn',
  'isUuid',
  'isEmail',
  'isPhoneNumber',
  'isNumberString',
  'isISO8601',
  'isDateString',
  'equals',
]);

/** RFC 6901: `~` and `/` are escaped in a reference token. */
const token = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const detailOf = (error: ValidationError): string => {
  const rules = error.constraints ?? {};
  if ('whitelistValidation' in rules) return 'is not a member of this request';
  // The name is in the pointer already; class-validator puts it first in every message.
  return Object.values(rules)
    .map((text) => (text.startsWith(`${error.property} `) ? text.slice(error.property.length + 1) : text))
    .join('; ');
};

/** One entry per wrong member, depth first. */
export function fieldProblems(errors: readonly ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap((error) => {
    const pointer = `${parent}/${token(error.property)}`;
    const own = error.constraints === undefined ? [] : [{ pointer, detail: detailOf(error) }];
    return [...own, ...fieldProblems(error.children ?? [], pointer)];
  });
}

const invalid = (errors: readonly FieldProblem[]): AppError =>
  new AppError({
    code: 'request.invalid',
    detail: errors.length === 1 ? '1 member is wrong.' : `${errors.length} members are wrong.`,
    errors,
  });

/** Few texts hold thirteen digits in a row or in groups: this looks before the exact search does. */
const MAY_HOLD = /\d(?:[ -]?\d){12}/;
const holdsCardNumber = (text: string): boolean =>
  text.length >= 13 && MAY_HOLD.test(text) && findCardNumber(text) !== undefined;

const structuredMembers = new WeakMap<object, ReadonlySet<string>>();

/** Members of a DTO class whose format is pinned; found once per class. */
const structuredMembersOf = (type: object): ReadonlySet<string> => {
  const known = structuredMembers.get(type);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type as () => void, '', false, false);
  const members = new Set(rules.filter((rule) => FORMAT_RULES.has(rule.name ?? '')).map((rule) => rule.propertyName));
  structuredMembers.set(type, members);
  return members;
};

/** Pointers of the free-text members that hold a card number; every member without a pinned format is free text. */
export function cardNumberProblems(value: unknown, pointer = ''): FieldProblem[] {
  if (typeof value === 'string') {
    return holdsCardNumber(value) ? [{ pointer, detail: 'holds a card number' }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => cardNumberProblems(item, `${pointer}/${index}`));
  const prototype: unknown = Object.getPrototypeOf(value);
  const type = (prototype as { constructor?: object } | null)?.constructor;
  const structured = type === undefined || type === Object ? undefined : structuredMembersOf(type);
  return Object.entries(value).flatMap(([name, member]) => {
    const here = `${pointer}/${token(name)}`;
    if (structured?.has(name) === true) return [];
    const inName = holdsCardNumber(name) ? [{ pointer, detail: 'holds a card number in a name' }] : [];
    return [...inName, ...cardNumberProblems(member, here)];
  });
}

/** NUL and halves of surrogate pairs: PostgreSQL takes neither in a text, nor do they mean anything in one. */
const isStorable = (text: string): boolean => !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);

/** Pointers of the texts that are no Unicode text, names of members included. */
export function textProblems(value: unknown, pointer = ''): FieldProblem[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [{ pointer, detail: 'is not a text of Unicode' }];
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    isStorable(name)
      ? textProblems(member, `${pointer}/${token(name)}`)
      : [{ pointer, detail: 'has a name that is not a text of Unicode' }],
  );
}

/**
 * Validates bodies, queries and parameters: unknown members refused, one 422 entry per wrong member with its
 * pointer, card numbers in free text refused with a code of their own.
 */
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      forbidUnknownValues: true,
      stopAtFirstError: false,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => invalid(fieldProblems(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const unreadable = textProblems(value);
    if (unreadable.length > 0) throw invalid(unreadable);
    const result: unknown = await super.transform(value, metadata);
    if (metadata.type === 'body') {
      const errors = cardNumberProblems(result);
      if (errors.length > 0) {
        throw new AppError({
          code: 'request.card_number',
          detail: 'The request holds what looks like a card number.',
          errors,
        });
      }
    }
    return result;
  }
}
