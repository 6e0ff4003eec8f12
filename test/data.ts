/**
 * Where the shared test data lie: `../shared/data` beside the project, or where FABRIC_TEST_DATA says.
 *
 * In a bare clone they are absent: suites that need them are not run and say so at the end. With CI=true
 * or the variable set, absence is a failure: a suite whose data is missing must not pass with zero cases.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['FABRIC_TEST_DATA'] ?? join(import.meta.dirname, '..', '..', 'shared', 'data');

export const haveData = existsSync(join(root, 'README.md'));

const required = process.env['CI'] === 'true' || process.env['FABRIC_TEST_DATA'] !== undefined;

/** Suites that were left out for want of data, for the closing message of the run. */
export const leftOut: string[] = [];

/** The path of a file or folder of the shared data. */
export function dataPath(...parts: string[]): string {
  return join(root, ...parts);
}

export function readData(...parts: string[]): string {
  return readFileSync(dataPath(...parts), 'utf8');
}

/**
 * `describe` for a suite that needs the shared data. Without them the suite is left out by name, or fails
 * where they are required.
 */
export function describeWithData(title: string, suite: (this: Mocha.Suite) => void): void {
  if (haveData) {
    describe(title, suite);
    return;
  }
  if (required) {
    describe(title, () => {
      it('needs the shared test data', () => {
        throw new Error(`The shared test data are not at ${root}; set FABRIC_TEST_DATA`);
      });
    });
    return;
  }
  leftOut.push(title);
}
