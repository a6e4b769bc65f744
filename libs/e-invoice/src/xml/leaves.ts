import { isIsoDate } from '../vietnam-date';
import { identifiedLeaf, leaf, textCheck } from './codec';
import type { ElementCodec } from './codec';

const DECIMAL = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/;
const WHOLE = /^(?:0|[1-9]\d*)$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** One line of 1 to `max` characters, as written: `001` stays `001`. */
export function text(max: number): ElementCodec<string> {
  return leaf(textCheck(max));
}

/** As `text`, but an empty element is an empty text: many writers leave optional elements in place. */
export function emptyText(max: number): ElementCodec<string> {
  return leaf(textCheck(max, 0));
}

/** As `emptyText`, with line breaks and tabs: what an authority's official wrote. */
export function paragraph(max: number): ElementCodec<string> {
  return leaf(textCheck(max, 0, true));
}

/** As `text`, on an element that may carry the attribute `Id`. */
export function identifiedText(max: number): ReturnType<typeof identifiedLeaf> {
  return identifiedLeaf(textCheck(max));
}

/** A plain decimal of up to 15 digits before and 6 after the point, kept as written: `1.50` stays, `001`, `1e3`, `+1`, `-0` are refused. */
export const decimal: ElementCodec<string> = leaf((value) =>
  DECIMAL.test(value) && !/^-[0.]+$/.test(value) ? undefined : 'must be a decimal such as 1806000 or -1.5',
);

/** A whole number from `min` to `max`, without sign and leading zeros. */
export function whole(min: number, max: number): ElementCodec<string> {
  const detail = `must be a whole number from ${min} to ${max}`;
  return leaf((value) =>
    WHOLE.test(value) && value.length < 16 && Number(value) >= min && Number(value) <= max ? undefined : detail,
  );
}

/** A real day, `yyyy-MM-dd`. */
export const date: ElementCodec<string> = leaf((value) => (isIsoDate(value) ? undefined : 'must be a day, yyyy-MM-dd'));

/** A real instant on the authority's clock, `yyyy-MM-ddTHH:mm:ss`. */
export const dateTime: ElementCodec<string> = leaf((value) =>
  isIsoDate(DATE_TIME.exec(value)?.[1] ?? '') ? undefined : 'must be yyyy-MM-ddTHH:mm:ss',
);

/** Text that a pattern describes; `what` completes "must be …". */
export function pattern(expression: RegExp, what: string): ElementCodec<string> {
  return leaf((value) => (expression.test(value) ? undefined : `must be ${what}`));
}

/** One of a few values. */
export function oneOf<const T extends string>(...values: readonly T[]): ElementCodec<T> {
  const codec = leaf((value) =>
    (values as readonly string[]).includes(value) ? undefined : `must be ${values.join(', ')}`,
  );
  // The check lets nothing else through.
  return codec as ElementCodec<T>;
}
