import type { RuleName } from '../../tools/manifests/check';

/** The rendered objects of a stage, to be changed. Bodies are free: a broken manifest has any form. */
export interface Bodies {
  readonly all: any[];
  /** The first of a kind whose name begins so. */
  one(kind: string, name: string): any;
}

export interface Mutation {
  readonly what: string;
  readonly stage?: string;
  /** The rule that must complain. */
  readonly rule: RuleName | 'schema';
  /** A part of its sentence: file, object, field or remedy. */
  readonly says: string;
  /** Changes bodies in place, or gives others. */
  change(bodies: Bodies): any[] | void;
}

export const pod = (deployment: any): any => deployment.spec.template.spec;
export const container = (deployment: any): any => pod(deployment).containers[0];
export const api = ({ one }: Bodies): any => one('Deployment', 'payment-api');
export const server = ({ one }: Bodies, name: string): any => one('StatefulSet', name);
export const variable = (deployment: any, name: string): any =>
  container(deployment).env.find((entry: { name: string }) => entry.name === name);
export const without = ({ all }: Bodies, kind: string, name: string): any[] =>
  all.filter((body) => body.kind !== kind || body.metadata.name !== name);
