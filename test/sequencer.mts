import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files take longest, longest first. */
const LONGEST_FIRST = ['test/chaos/', 'test/e2e/', 'apps/'];

/** Starts the long files first: the last worker then never ends a run alone with a minute of waiting. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      const found = LONGEST_FIRST.findIndex((folder) => path.startsWith(folder));
      return found === -1 ? LONGEST_FIRST.length : found;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
