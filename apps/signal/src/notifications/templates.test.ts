import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTIFICATION_TYPES } from '@nx/contracts';
import { repositoryRoot } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTemplates } from './templates';

const SOURCE = join(repositoryRoot(), 'apps', 'signal', 'templates');
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'templates-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** The real files with one entry of the English one changed. */
const changed = (type: string, wording: unknown): string => {
  cpSync(SOURCE, directory, { recursive: true });
  const texts = JSON.parse(readFileSync(join(SOURCE, 'en.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(directory, 'en.json'), JSON.stringify({ ...texts, [type]: wording }));
  return directory;
};

describe('the texts of notifications', () => {
  it('are there for each type in each language', () => {
    const templates = loadTemplates();
    for (const type of [...NOTIFICATION_TYPES, '*']) {
      expect(templates.vi.get(type)?.title).toBeTruthy();
      expect(templates.en.get(type)?.title).toBeTruthy();
    }
  });

  it.each([
    ['PAYMENT_SUCCESS', undefined, 'en.json: PAYMENT_SUCCESS has no title and content'],
    ['PAYMENT_SUCCESS', { title: '', content: '' }, 'PAYMENT_SUCCESS has no title and content'],
    ['PAYMENT_SUCCESS', { title: 'Paid {price}', content: '' }, 'PAYMENT_SUCCESS.title names {price}'],
    ['REFUND_FAILED', { title: 'x', content: '[of {subject}]' }, 'REFUND_FAILED.content names {subject}'],
    ['REFUND_FAILED', { title: 'Failed[ {amount}', content: '' }, 'REFUND_FAILED.title has a bracket'],
    ['REFUND_FAILED', { title: 'x', content: 'a [b [c]]' }, 'REFUND_FAILED.content has a bracket'],
    ['REFUND_FAILED', { title: 'x', content: '{amount' }, 'REFUND_FAILED.content has a bracket'],
    ['PAYMENT_SUCESS', { title: 'x', content: '' }, 'PAYMENT_SUCESS is no type'],
  ])('are refused at the start when %s is %j', (type, wording, problem) => {
    expect(() => loadTemplates(changed(type, wording))).toThrow(problem);
  });

  it('are refused at the start when a file is missing or is no JSON', () => {
    changed('*', {});
    writeFileSync(join(directory, 'vi.json'), '{');
    expect(() => loadTemplates(directory)).toThrow(/vi\.json: .*; en\.json: \* has no title/);
    rmSync(join(directory, 'vi.json'));
    expect(() => loadTemplates(directory)).toThrow('vi.json: ENOENT');
  });
});
