/** Root hooks of the whole run: at its end it says which suites were left out and how to get their data. */
import { leftOut } from './data.ts';

export const mochaHooks = {
  afterAll(): void {
    if (leftOut.length === 0) return;
    process.stdout.write(
      `\n\n  Not run, because the shared test data are not here:\n${leftOut.map((title) => `    ${title}\n`).join('')}` +
        '  Put the data at ../shared/data, or name their folder in FABRIC_TEST_DATA.\n',
    );
  },
};
