import type { ErrorKind } from './error-kind';

/** What stands of an error code in the catalogue. */
interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** RFC 9457 title: the same for every occurrence of the code. */
  readonly title: string;
  /** What the caller does about it; stands in the OpenAPI document. */
  readonly remedy: string;
}

/** A code of the catalogue. */
export const entry = (kind: ErrorKind, title: string, remedy: string): CatalogueEntry => ({ kind, title, remedy });
