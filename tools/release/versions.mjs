/** Below, above or at 0, as `left` comes before, after or with `right`; of the form `1.2.3` or `v1.2.3`. */
export function compareVersions(left, right) {
  const [a, b] = [left, right].map((version) => version.replace(/^v/, '').split('.').map(Number));
  for (let index = 0; index < 3; index++) if (a[index] !== b[index]) return a[index] - b[index];
  return 0;
}
