/**
 * The constraint and objective files in force, read again when one of them changes: a file that is dropped
 * into a folder takes part in the next placement. A broken one stops placements until it is mended.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFolder } from '../assets.ts';
import { loadPolicy, type Policy, type PolicyFile, type PolicyParser } from '../placement/policy.ts';

const KINDS = ['constraints', 'objectives'];
/** How long a look at the folders is good for. */
const LOOK_MS = 500;

export class PolicyFiles {
  readonly #folders: readonly string[];
  readonly #parser: PolicyParser;
  readonly #now: () => number;
  #state: { readonly marks: string; readonly policy?: Policy; readonly failure?: unknown } | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param folders  each with `constraints` and `objectives` in it */
  constructor(folders: readonly string[], parser: PolicyParser, now: () => number) {
    this.#folders = folders.flatMap((folder) => KINDS.map((kind) => join(folder, kind)));
    this.#parser = parser;
    this.#now = now;
  }

  /** @throws FabricError `constraint-broken` */
  current(): Policy {
    const now = this.#now();
    if (!this.#state || now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      const marks = this.#marks();
      if (marks !== this.#state?.marks) this.#state = { marks, ...this.#load() };
    }
    const { policy, failure } = this.#state;
    if (!policy) throw failure;
    return policy;
  }

  #load(): { policy: Policy } | { failure: unknown } {
    const files: PolicyFile[] = this.#folders
      .flatMap((folder) => readFolder(folder, '.rq'))
      .map(({ path, text }) => ({ name: path, text }));
    try {
      return { policy: loadPolicy(files, this.#parser) };
    } catch (failure) {
      return { failure };
    }
  }

  /** What tells one state of the folders from another. */
  #marks(): string {
    const marks: string[] = [];
    for (const folder of this.#folders) {
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        const { mtimeMs, size } = statSync(join(folder, name));
        marks.push(`${folder}/${name} ${mtimeMs} ${size}`);
      }
    }
    return marks.join('\n');
  }
}
