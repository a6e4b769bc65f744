import { repositoryRoot } from '@nx/testing';
import { describe, expect, it } from 'vitest';
import { importsOf, readModules } from './modules';
import { faultsOf } from './page';
import { readProcesses } from './processes';

const root = repositoryRoot();

describe('what depends on what', () => {
  it('is known of every folder and process, and no money depends on what is only shown', () => {
    const [modules, processes] = [readModules(root), readProcesses(root)];
    expect(faultsOf(modules, processes)).toEqual([]);
    expect(modules.get('payment/checkout')).toContain('payment/transactions');
    expect(modules.get('payment/ledger')).toContain('@nx/persistence');
    expect(processes.map(({ name }) => name)).toEqual([
      'invoice',
      'invoice-worker',
      'payment-api',
      'payment-ipn',
      'payment-worker',
      'signal',
    ]);
    expect(processes.find(({ name }) => name === 'signal')?.connectsTo).toContain('room-resolvers');
  });

  it('is refused where money waits for a screen, or where nobody has said how much depends on it', () => {
    const modules = new Map([
      ['payment/ledger', new Set(['payment/rooms', '@nx/money'])],
      ['payment/webhooks', new Set(['payment/rooms'])],
      ['payment/new', new Set<string>()],
    ]);
    const processes = [
      { name: 'payment-ipn', connectsTo: ['postgres', 'signal'] },
      { name: 'signal', connectsTo: ['room-resolvers'] },
    ];
    expect(faultsOf(modules, processes)).toEqual([
      expect.stringMatching(/^payment\/new has no tier/),
      expect.stringMatching(/^payment\/ledger \(T0\) depends on payment\/rooms \(T3\)/),
      expect.stringMatching(/^payment-ipn \(T1\) depends on signal \(T3\)/),
    ]);
  });

  it('is read from imports, of several lines too, and not from types', () => {
    const text = [
      `import { a } from './a';`,
      `import type { B } from './b';`,
      `import {`,
      `  c,`,
      `  type D,`,
      `} from '@nx/c';`,
      `export * from '../e';`,
      `const text = "import { x } from './x'";`,
    ].join('\n');
    expect(importsOf(text)).toEqual(['./a', '@nx/c', '../e']);
  });
});
