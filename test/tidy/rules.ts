import ts from 'typescript';
import { isProduct, isTest, lineOf, nodesOf, treeOf, type SourceFile } from './source-files';

/** A house rule: where it holds, what breaks it, and code that shows that it can be broken. */
export interface Rule {
  readonly name: string;
  readonly covers: (path: string) => boolean;
  /** Findings as `<line>: <what>`. */
  readonly findings: (file: SourceFile) => string[];
  /** Breaks the rule exactly once. */
  readonly broken: SourceFile;
  /** Looks like a breach and is none. */
  readonly kept: SourceFile;
}

const LONGEST_FILE = 400;
const LONGEST_FUNCTION = 70;
const L0 = ['money', 'snowflake', 'crypto', 'contracts', 'mq-pay', 'e-invoice', 'signal-client', 'fail-points'];
const FRAMEWORKS =
  /^(@nestjs\/|typeorm$|pg$|ioredis$|bullmq$|kafkajs$|fastify$|@fastify\/|undici$|pino$|class-validator$)/;
/** Where amounts of money are handled. */
const MONEY_ROOMS = /^(apps\/(payment|invoice)|libs\/(money|mq-pay|e-invoice|contracts))\//;

/** Jitter of a pause is no amount. */
const NO_MONEY = new Set(['apps/payment/src/webhooks/retry-policy.ts']);
/** The money library formats exact decimals, whose `toFixed` is not that of numbers. */
const EXACT_DECIMALS = 'libs/money/';

/** Findings of a walk through the syntax tree. */
const tree =
  (look: (node: ts.Node, source: ts.SourceFile) => string | undefined) =>
  (file: SourceFile): string[] => {
    const { source, nodes } = treeOf(file);
    return nodes.flatMap((node) => {
      const found = look(node, source);
      return found === undefined ? [] : [`${lineOf(source, node)}: ${found}`];
    });
  };

/** `object.member`, as it stands in the code. */
const isMember = (node: ts.Node, object: string, member?: string): boolean =>
  ts.isPropertyAccessExpression(node) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === object &&
  (member === undefined || node.name.text === member);

const importedFrom = (node: ts.Node): string | undefined => {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  if (ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText())) {
    const [first] = node.arguments;
    return first !== undefined && ts.isStringLiteral(first) ? first.text : undefined;
  }
  return undefined;
};

const linesOf = (node: ts.Node, source: ts.SourceFile): number =>
  source.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(source, node);

const isEnvironmentName = (node: ts.Node): boolean =>
  (ts.isIdentifier(node) && node.text === 'NODE_ENV') || (ts.isStringLiteral(node) && node.text === 'NODE_ENV');

const product = (text: string, path = 'apps/payment/src/x.ts'): SourceFile => ({ path, text });

export const RULES: readonly Rule[] = [
  {
    name: 'the environment is read in libs/config alone',
    covers: (path) => isProduct(path) && !path.startsWith('libs/config/'),
    findings: tree((node) => (isMember(node, 'process', 'env') ? 'process.env' : undefined)),
    broken: product('export const a = process.env.HOME;'),
    kept: product('// process.env is read elsewhere\nexport const a = process.pid;'),
  },
  {
    name: 'no forwardRef',
    covers: isProduct,
    findings: tree((node) => (ts.isIdentifier(node) && node.text === 'forwardRef' ? 'forwardRef' : undefined)),
    broken: product('x(forwardRef);'),
    kept: product('// forwardRef hides a cycle\nexport const a = 1;'),
  },
  {
    name: 'tables are made by migrations, never by synchronize',
    covers: () => true,
    findings: tree((node) =>
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'synchronize' &&
      node.initializer.kind === ts.SyntaxKind.TrueKeyword
        ? 'synchronize: true'
        : undefined,
    ),
    broken: product('export const o = { synchronize: true };'),
    kept: product('export const o = { synchronize: false };'),
  },
  {
    name: "no index.ts but a library's one",
    covers: (path) => /^(apps|libs)\//.test(path),
    findings: ({ path }) =>
      path.endsWith('/index.ts') && !/^libs\/[^/]+\/src\/index\.ts$/.test(path) ? ['1: a barrel'] : [],
    broken: product('export {};', 'libs/http/src/inner/index.ts'),
    kept: product('export {};', 'libs/http/src/index.ts'),
  },
  {
    name: 'no floating point on amounts',
    covers: (path) => isProduct(path) && MONEY_ROOMS.test(path) && !NO_MONEY.has(path),
    findings: tree((node, source) => {
      if (ts.isNumericLiteral(node) && /^[\d_]*\.[\d_]*(e|$)/i.test(node.getText())) return `literal ${node.getText()}`;
      if (!ts.isIdentifier(node)) return undefined;
      const formats = /^to(Fixed|Precision)$/.test(node.text) && !source.fileName.startsWith(EXACT_DECIMALS);
      return formats || node.text === 'parseFloat' ? node.text : undefined;
    }),
    broken: product('export const rate = 0.08;'),
    kept: product("export const version = '0.08', big = 1_000_000;"),
  },
  {
    name: 'no console in apps and libraries',
    covers: isProduct,
    findings: tree((node) => (isMember(node, 'console') ? 'console' : undefined)),
    broken: product('console.log(1);'),
    kept: product("export const page = 'console.log';"),
  },
  {
    name: 'the time comes from the clock',
    covers: (path) => isProduct(path) && path !== 'libs/config/src/clock.ts',
    findings: tree((node) => {
      if (isMember(node, 'Date', 'now')) return 'Date.now';
      if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
        return 'new Date()';
      return undefined;
    }),
    broken: product('export const now = new Date();'),
    kept: product('export const at = (ms: number): Date => new Date(ms);'),
  },
  {
    name: `no file over ${LONGEST_FILE} lines`,
    covers: () => true,
    findings: ({ text }) => {
      const count = text.trimEnd().split('\n').length;
      return count > LONGEST_FILE ? [`${LONGEST_FILE}: the file has ${count} lines`] : [];
    },
    broken: product('// line\n'.repeat(LONGEST_FILE + 1)),
    kept: product('// line\n'.repeat(LONGEST_FILE)),
  },
  {
    name: `no function over ${LONGEST_FUNCTION} lines`,
    covers: (path) => !isTest(path),
    findings: tree((node, source) =>
      ts.isFunctionLike(node) && 'body' in node && linesOf(node, source) > LONGEST_FUNCTION
        ? `a function of ${linesOf(node, source)} lines`
        : undefined,
    ),
    broken: product(`function f() {\n${'  g();\n'.repeat(LONGEST_FUNCTION)}}`),
    kept: product(`function f() {\n${'  g();\n'.repeat(LONGEST_FUNCTION - 2)}}`),
  },
  {
    name: 'what is left to do has the number of its issue',
    covers: () => true,
    findings: ({ text }) =>
      text.split('\n').flatMap((line, index) => {
        const marked = /\/[/*].*\b(TODO|FIXME|XXX)\b/.test(line);
        return marked && !/\b(TODO|FIXME|XXX)\b.{0,12}#\d+/.test(line) ? [`${index + 1}: ${line.trim()}`] : [];
      }),
    broken: product('// TODO later'),
    kept: product("// TODO(#12): when the vendor answers\nexport const word = 'TODO';"),
  },
  {
    name: 'the pure libraries know no framework',
    covers: (path) => isProduct(path) && L0.some((name) => path.startsWith(`libs/${name}/`)),
    findings: tree((node) => {
      const from = importedFrom(node);
      return from !== undefined && FRAMEWORKS.test(from) ? `imports ${from}` : undefined;
    }),
    broken: product("import { Injectable } from '@nestjs/common';", 'libs/money/src/x.ts'),
    kept: product("import { createHash } from 'node:crypto';", 'libs/crypto/src/x.ts'),
  },
  {
    name: 'no branch for tests',
    covers: isProduct,
    findings: tree((node) =>
      ts.isBinaryExpression(node) &&
      /^(===|!==|==|!=)$/.test(node.operatorToken.getText()) &&
      nodesOf(node).some(isEnvironmentName) &&
      /['"]test['"]/.test(node.getText())
        ? "NODE_ENV === 'test'"
        : undefined,
    ),
    broken: product("export const a = env.NODE_ENV === 'test';"),
    kept: product("export const a = env.NODE_ENV === 'production';"),
  },
  {
    name: 'a library is imported by its name alone',
    covers: (path) => isProduct(path),
    findings: tree((node) => {
      const from = importedFrom(node);
      return from !== undefined && /^@nx\/[^/]+\/|(^|\/)libs\//.test(from) ? `imports ${from}` : undefined;
    }),
    broken: product("import { a } from '@nx/http/src/problem';"),
    kept: product("import { a } from '@nx/http';"),
  },
];
