/** A file of `NAME=value` lines, as compose reads it; quotes around a value are no part of it. */
export function parseVariables(text) {
  const lines = text.split('\n').map((line) => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(
    lines.filter(Boolean).map(([, name, value]) => [name, value.replace(/^(["'])(.*)\1$/, '$2')]),
  );
}

/** Everything in a text that compose puts a value in for: `${NAME}`, `${NAME:-default}`, `${NAME:?why it is needed}`. */
const VARIABLE = /\$\$|\$\{(\w+)(?:(:-|:\?)([^}]*))?\}/g;

/** The text with the values of the environment put in; a missing one without a default is empty. */
export function interpolate(text, env) {
  return text.replace(VARIABLE, (found, name, operator, rest) => {
    if (found === '$$') return '$';
    return env[name] || (operator === ':-' ? rest : '');
  });
}

/** Names with `:?` that the environment does not give, each once. */
export function missingVariables(text, env) {
  const required = [...text.matchAll(VARIABLE)].filter(([, , operator]) => operator === ':?').map(([, name]) => name);
  return [...new Set(required)].filter((name) => !env[name]);
}

/** The first variable of a text, by which its value can be changed; null where it has none. */
export function variableOf(text) {
  return [...text.matchAll(VARIABLE)].find(([, name]) => name)?.[1] ?? null;
}
