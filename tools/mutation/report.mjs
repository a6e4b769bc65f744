/** Statuses of the mutation testing report schema: what was noticed, and what was not. */
const NOTICED = new Set(['Killed', 'Timeout']);
const UNNOTICED = new Set(['Survived', 'NoCoverage']);

function mutantsOf(report) {
  return Object.entries(report.files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
}

/** `{score, killed, valid, files}`: the share of mutants in percent that a test noticed, over all and for each file. */
export function scoreOf(report) {
  const count = (mutants) => {
    const killed = mutants.filter(({ status }) => NOTICED.has(status)).length;
    const valid = killed + mutants.filter(({ status }) => UNNOTICED.has(status)).length;
    return { killed, valid, score: valid === 0 ? 100 : (100 * killed) / valid };
  };
  const mutants = mutantsOf(report);
  const files = [...new Set(mutants.map(({ file }) => file))].sort();
  return {
    ...count(mutants),
    files: files.map((file) => ({ file, ...count(mutants.filter((mutant) => mutant.file === file)) })),
  };
}

/** A line for each mutant that no test noticed: where it is and what was put there. */
export function survivorsOf(report) {
  return mutantsOf(report)
    .filter(({ status }) => UNNOTICED.has(status))
    .map(({ file, location, mutatorName, replacement, status }) => {
      const text = (replacement ?? '').replaceAll(/\s+/g, ' ').slice(0, 100);
      return `${file}:${location.start.line}:${location.start.column} ${status} ${mutatorName}: ${text}`;
    });
}

/** The page under docs/generated. */
export function toMarkdown(results, required) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const figures = ({ killed, valid, score }) => [String(valid), String(valid - killed), `${score.toFixed(1)} %`];
  const lines = [
    '# Mutation testing',
    '',
    `Written by \`npm run mutation\`. Each mutant is one wrong operator, number, text or condition in the code; the score`,
    `is the share that a test noticed. Required are ${required} % in each group.`,
    '',
    row(['Group', 'Mutants', 'Unnoticed', 'Score']),
    row(['---', '---:', '---:', '---:']),
    ...results.map((result) => row([result.name, ...figures(result)])),
  ];
  for (const { name, files } of results) {
    lines.push(
      '',
      `## ${name}`,
      '',
      row(['File', 'Mutants', 'Unnoticed', 'Score']),
      row(['---', '---:', '---:', '---:']),
    );
    for (const file of files) lines.push(row([`\`${file.file}\``, ...figures(file)]));
  }
  return `${lines.join('\n')}\n`;
}
