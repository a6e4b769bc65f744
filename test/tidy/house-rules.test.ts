import { describe, expect, it } from 'vitest';
import { RULES } from './rules';
import { filesOf, sourceFiles } from './source-files';

const files = sourceFiles();

describe('house rules', () => {
  it('are asked of the whole repository', () => {
    expect(files.length).toBeGreaterThan(200);
    for (const room of ['apps', 'libs', 'sandbox', 'tools', 'test'])
      expect(files.some(({ path }) => path.startsWith(`${room}/`))).toBe(true);
  });

  describe.each(RULES)('$name', ({ covers, findings, broken, kept }) => {
    it('holds everywhere', () => {
      const found = files
        .filter(({ path }) => covers(path))
        .flatMap((file) => findings(file).map((finding) => `${file.path}:${finding}`));
      expect(found).toEqual([]);
    });

    it('can be broken', () => {
      expect(covers(broken.path)).toBe(true);
      expect(findings(broken)).toHaveLength(1);
      expect(findings(kept)).toEqual([]);
    });
  });
});

/** What a migration's head must say: the role that runs it, and the oldest release that may run on its result. */
function headProblem(text: string): string | null {
  const head = text.split('\n').slice(0, 6).join('\n');
  if (!/^-- role: nx_(payment|invoice|signal|shared)_owner$/m.test(head) && !/^-- role: :owner$/m.test(head))
    return 'names no owner role';
  return /^-- oldest: \d+\.\d+\.\d+$/m.test(head) ? null : 'does not name the oldest release';
}

describe('migrations', () => {
  const migrations = filesOf(['apps', 'libs'], /\.sql$/).filter(({ path }) => path.includes('/migrations/'));

  it('name their role and the oldest release', () => {
    expect(migrations.length).toBeGreaterThan(8);
    expect(migrations.flatMap(({ path, text }) => headProblem(text)?.concat(`: ${path}`) ?? [])).toEqual([]);
    expect(headProblem('-- oldest: 0.1.0\nSELECT 1;')).toMatch(/role/);
    expect(headProblem('-- role: nx_payment_owner\nSELECT 1;')).toMatch(/oldest/);
  });

  it('are named by the moment they were written and what they do', () => {
    const named = /\/\d{14}_[a-z0-9_]+\.sql$/;
    expect(migrations.map(({ path }) => path).filter((path) => !named.test(path))).toEqual([]);
    expect(named.test('apps/payment/migrations/1_refunds.sql')).toBe(false);
  });
});

describe('published vectors', () => {
  it('are each used by a test', () => {
    const names = filesOf(['test/vectors'], /\.json$/).map(({ path }) => path.replace('test/vectors/', ''));
    expect(names.length).toBeGreaterThan(3);
    const users = files.filter(({ path }) => /\.(test|fixture)\.ts$|fixtures\.ts$/.test(path));
    const unused = names.filter((name) => !users.some(({ text }) => text.includes(`vectors/${name}`)));
    expect(unused).toEqual([]);
  });
});
