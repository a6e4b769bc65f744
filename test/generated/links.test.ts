import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SKIPPED = new Set(['node_modules', 'dist', '.local', '.git']);

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return markdownBelow(path);
      return entry.name.endsWith('.md') ? [path] : [];
    });
}

const withoutCode = (text: string): string => text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');

/** Anchor of a heading as code hosts make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (text: string): string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** Links of a page that lead nowhere. */
function brokenLinks(path: string, text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^(https?:|mailto:)/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const full = file === '' ? path : join(dirname(path), decodeURIComponent(file));
    if (!existsSync(full)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(full, 'utf8')).includes(anchor);
  });
}

/** Files and folders of the repository that a page names in code marks and that are not there. */
function missingPaths(text: string): string[] {
  const named = [...text.matchAll(/`((?:apps|libs|tools|test|docs|sandbox)\/[A-Za-z0-9._/-]+)`/g)];
  return named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)));
}

const scripts = Object.keys(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
);

function unknownScripts(text: string): string[] {
  const run = [...text.matchAll(/\bnpm run (?:-s )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name);
  return run.filter((name) => !scripts.includes(name));
}

/** Settings that the services or the tools read. */
const settings = new Set(
  ['docs/generated/settings.md', 'tools/infra/external.mjs']
    .flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(/\bAPP_ENV_[A-Z_]+\b/g)])
    .map(([name]) => name),
);

const unknownSettings = (text: string): string[] =>
  [...text.matchAll(/\bAPP_ENV_[A-Z_]+\b/g)].map(([name]) => name).filter((name) => !settings.has(name));

const pages = markdownBelow(root).map((path) => [relative(root, path), readFileSync(path, 'utf8')] as const);

describe('the checks of the pages', () => {
  it('see what is wrong', () => {
    const text = '# A b\n[a](#a-b) [b](#c) [c](no.md) `libs/nothing` `npm run nothing`';
    expect(brokenLinks(join(root, 'x.md'), text.replace('[a](#a-b) ', ''))).toEqual(['#c', 'no.md']);
    expect(missingPaths(text)).toEqual(['libs/nothing']);
    expect(unknownScripts(text)).toEqual(['nothing']);
    expect(anchorsOf(text)).toEqual(['a-b']);
    expect(unknownSettings('`APP_ENV_NODE_ID` and APP_ENV_NOTHING')).toEqual(['APP_ENV_NOTHING']);
  });
});

describe.each(pages)('%s', (name, text) => {
  it('has links that lead somewhere', () => {
    expect(brokenLinks(join(root, name), text)).toEqual([]);
  });

  it('names files that are there', () => {
    expect(missingPaths(text)).toEqual([]);
  });

  it('names commands that package.json has', () => {
    expect(unknownScripts(text)).toEqual([]);
  });

  it('names settings that are read', () => {
    expect(unknownSettings(text)).toEqual([]);
  });
});
