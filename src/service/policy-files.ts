/**
 * The constraint and objective files in force, read again when one of them changes: a file that is dropped
 * into a folder takes part in the next placement. A broken one stops placements until it is mended.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFolder } from '../assets.ts';
import { FabricError, messageOf } from '../errors.ts';
import { loadPolicy, type Policy, type PolicyFile, type PolicyParser } from '../placement/policy.ts';

const KINDS = ['constraints', 'objectives'];

export class PolicyFiles {
  readonly #folders: readonly string[];
  readonly #parser: PolicyParser;
  #state: { readonly marks: string; readonly policy?: Policy; readonly failure?: FabricError } | undefined;

  /** @param folders  each with `constraints` and `objectives` in it */
  constructor(folders: readonly string[], parser: PolicyParser) {
    this.#folders = folders.flatMap((folder) => KINDS.map((kind) => join(folder, kind)));
    this.#parser = parser;
  }

  /**
   * Looks at the folders each time: a few dozen files are a fraction of a millisecond.
   *
   * @throws FabricError `constraint-broken`
   */
  current(): Policy {
    const marks = this.#marks();
    if (marks !== this.#state?.marks) this.#state = { marks, ...this.#load() };
    const { policy, failure } = this.#state;
    if (!policy) throw failure!;
    return policy;
  }

  #load(): { policy: Policy } | { failure: FabricError } {
    try {
      const files: PolicyFile[] = this.#folders
        .flatMap((folder) => readFolder(folder, '.rq'))
        .map(({ path, text }) => ({ name: path, text }));
      return { policy: loadPolicy(files, this.#parser) };
    } catch (thrown) {
      if (thrown instanceof FabricError) return { failure: thrown };
      const message = `A constraint or objective cannot be read: ${messageOf(thrown)}`;
      return { failure: new FabricError('constraint-broken', message, { cause: thrown }) };
    }
  }

  /** What tells one state of the folders from another. */
  #marks(): string {
    const marks: string[] = [];
    for (const folder of this.#folders) {
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        // A file may go between the listing and the look.
        const found = statSync(join(folder, name), { throwIfNoEntry: false });
        if (found) marks.push(`${folder}/${name} ${found.mtimeMs} ${found.ctimeMs} ${found.size}`);
      }
    }
    return marks.join('\n');
  }
}
