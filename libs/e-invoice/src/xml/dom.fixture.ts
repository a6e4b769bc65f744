import { createRequire } from 'node:module';

/** The very xmldom that xml-crypto verifies signatures with; it is no dependency of our own. */
const own = createRequire(createRequire(import.meta.url).resolve('xml-crypto'));

export const { DOMParser } = own('@xmldom/xmldom') as {
  DOMParser: new (options: object) => { parseFromString(source: string, type: string): { documentElement: Element } };
};

/** Throws where xmldom would repair. */
export function onErrorStopParsing(level: string, message: string): never {
  throw new Error(`${level}: ${message}`);
}
