import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '@nx/testing';

/** A file of the repository, with its path from the root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const ROOMS = ['apps', 'libs', 'sandbox', 'tools', 'test'];
const CODE = /\.(ts|mts|mjs|cjs)$/;
const SKIPPED = new Set(['node_modules', 'dist', '.local']);

/** Everything below these folders whose name fits. */
export function filesOf(rooms: readonly string[], name: RegExp): SourceFile[] {
  const root = repositoryRoot();
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      if (SKIPPED.has(entry.name)) return [];
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return walk(path);
      return name.test(entry.name) ? [path] : [];
    });
  return rooms.flatMap(walk).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** All code, this folder's own fixtures of bad code left out. */
export const sourceFiles = (): SourceFile[] =>
  filesOf(ROOMS, CODE).filter(({ path }) => !path.startsWith('test/tidy/'));

const TEST = /\.(test|fixture)\.ts$/;

/** Code that is shipped: apps and libraries without their tests. */
export const isProduct = (path: string): boolean =>
  /^(apps|libs)\//.test(path) && !TEST.test(path) && !path.startsWith('libs/testing/');

export const isTest = (path: string): boolean => TEST.test(path) || path.startsWith('test/');

export const lineOf = (source: ts.SourceFile, node: ts.Node): number =>
  source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

/** A syntax tree, and all its nodes with the outermost first. */
export interface Tree {
  readonly source: ts.SourceFile;
  readonly nodes: readonly ts.Node[];
}

const trees = new WeakMap<SourceFile, Tree>();

/** The tree of a file; it is made once for all rules. */
export function treeOf(file: SourceFile): Tree {
  const known = trees.get(file);
  if (known !== undefined) return known;
  const kind = file.path.endsWith('js') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true, kind);
  const tree = { source, nodes: nodesOf(source) };
  trees.set(file, tree);
  return tree;
}

/** A node and everything below it, outermost first. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node];
  const add = (child: ts.Node): void => {
    nodes.push(child);
    ts.forEachChild(child, add);
  };
  ts.forEachChild(node, add);
  return nodes;
}
