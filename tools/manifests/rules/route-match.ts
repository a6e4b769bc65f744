/** What a router is asked about. */
export interface Asked {
  readonly host: string;
  readonly path: string;
}

const TOKEN = /\s*(&&|\|\||!|\(|\)|(PathPrefix|PathRegexp|Path|Host|HostRegexp)\(`([^`]*)`\))/y;

/**
 * Whether a rule of Traefik v3 matches. Knows the matchers that our routes use, `!`, `&&`, `||` and parentheses.
 * @throws Error naming the rule when it cannot be read
 */
export function matches(rule: string, asked: Asked): boolean {
  const tokens: { text: string; matcher?: string; argument: string }[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(rule); found; found = TOKEN.exec(rule)) {
    tokens.push({ text: found[1] ?? '', argument: found[3] ?? '', ...(found[2] ? { matcher: found[2] } : {}) });
    if (TOKEN.lastIndex >= rule.trimEnd().length) break;
  }
  if (
    tokens.map(({ text }) => text).join('') !==
    rule.replaceAll(/\s+(?=&&|\|\||!|\(|\)|[A-Z])|(?<=&&|\|\||!|\()\s+|\s+$/g, '')
  )
    throw new Error(`the rule cannot be read: ${rule}`);
  let position = 0;
  const either = (): boolean => {
    let value = both();
    while (tokens[position]?.text === '||') {
      position += 1;
      const right = both();
      value = value || right;
    }
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (tokens[position]?.text === '&&') {
      position += 1;
      const right = one();
      value = value && right;
    }
    return value;
  };
  const one = (): boolean => {
    const token = tokens[position];
    position += 1;
    if (token?.text === '!') return !one();
    if (token?.text === '(') {
      const value = either();
      position += 1;
      return value;
    }
    if (token?.matcher === undefined) throw new Error(`the rule cannot be read: ${rule}`);
    return matcherHolds(token.matcher, token.argument, asked);
  };
  return either();
}

function matcherHolds(matcher: string, argument: string, { host, path }: Asked): boolean {
  if (matcher === 'PathPrefix') return path.startsWith(argument);
  if (matcher === 'Path') return path === argument;
  if (matcher === 'Host') return host === argument;
  return new RegExp(argument).test(matcher === 'PathRegexp' ? path : host);
}
