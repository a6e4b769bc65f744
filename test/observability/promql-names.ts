import { parser } from '@prometheus-io/lezer-promql';

type Tree = ReturnType<typeof parser.parse>;
type SyntaxNode = Tree['topNode'];

/** Labels of each series by its name. */
export type KnownSeries = ReadonlyMap<string, ReadonlySet<string>>;

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  readonly names: readonly string[];
  readonly matchers: readonly Matcher[];
  readonly from: number;
  readonly to: number;
}

const childrenOf = (node: SyntaxNode, ...types: string[]): SyntaxNode[] => {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (types.includes(child.name)) found.push(child);
    else if (child.name === 'LabelMatchers') found.push(...childrenOf(child, ...types));
  }
  return found;
};

const textOf = (expr: string, node: SyntaxNode | null | undefined): string =>
  node == null ? '' : expr.slice(node.from, node.to);

const parsed = (expr: string): Tree => {
  const tree = parser.parse(expr);
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${expr.slice(Math.max(0, node.from - 20), node.from + 20)}`);
    },
  });
  return tree;
};

/** The series that an expression reads. Throws for one that is no PromQL. */
export function selectorsOf(expr: string): Selector[] {
  const selectors: Selector[] = [];
  parsed(expr).iterate({
    enter: ({ name, node }) => {
      if (name !== 'VectorSelector') return;
      const matchers = childrenOf(node, 'UnquotedLabelMatcher').map((matcher): Matcher => {
        const [label] = childrenOf(matcher, 'LabelName');
        const [operator] = childrenOf(matcher, 'MatchOp');
        const [value] = childrenOf(matcher, 'StringLiteral');
        return {
          label: textOf(expr, label),
          operator: textOf(expr, operator),
          value: textOf(expr, value).slice(1, -1),
        };
      });
      const [identifier] = childrenOf(node, 'Identifier');
      const byMatcher = matchers.find(({ label }) => label === '__name__')?.value.split('|') ?? [];
      const names = identifier === undefined ? byMatcher : [textOf(expr, identifier)];
      const others = matchers.filter(({ label }) => label !== '__name__');
      selectors.push({ names, matchers: others, from: node.from, to: node.to });
    },
  });
  return selectors;
}

/** Labels by which parts of the expression are grouped or joined, with the part of it that they speak of. */
function groupings(expr: string): { labels: string[]; from: number; to: number }[] {
  const found: { labels: string[]; from: number; to: number }[] = [];
  parsed(expr).iterate({
    enter: ({ name, node }) => {
      if (name !== 'GroupingLabels') return;
      const whole = node.parent?.parent;
      const labels = childrenOf(node, 'LabelName').map((label) => textOf(expr, label));
      if (whole != null) found.push({ labels, from: whole.from, to: whole.to });
    },
  });
  return found;
}

/** What an expression names that no series has, one sentence each. */
export function unknownIn(expr: string, known: KnownSeries): string[] {
  const selectors = selectorsOf(expr);
  const ofSelectors = selectors.flatMap(({ names, matchers }) =>
    names.flatMap((name) => {
      const labels = known.get(name);
      if (labels === undefined) return [`${name} is not exported`];
      return matchers.filter(({ label }) => !labels.has(label)).map(({ label }) => `${name} has no label ${label}`);
    }),
  );
  const ofGroupings = groupings(expr).flatMap(({ labels, from, to }) => {
    const inside = selectors.filter((selector) => selector.from >= from && selector.to <= to);
    const names = inside.flatMap((selector) => selector.names);
    return labels
      .filter((label) => label !== 'le' && !names.some((name) => known.get(name)?.has(label) ?? false))
      .map((label) => `none of ${names.join(', ')} has the label ${label}`);
  });
  return [...ofSelectors, ...ofGroupings];
}

/** Values that matchers name in full: they have to exist as words of the product. */
export const namedValues = (expr: string): string[] =>
  selectorsOf(expr)
    .flatMap(({ matchers }) => matchers)
    .flatMap(({ operator, value }) => (operator.endsWith('~') ? value.split('|') : [value]))
    .filter((value) => /^[\w.-]+$/.test(value) && !/\.[.+*]/.test(value));
