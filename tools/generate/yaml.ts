import { stringify } from 'yaml';

/** YAML that does not depend on the width of a line or on repeated objects. */
export const toYaml = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true });
