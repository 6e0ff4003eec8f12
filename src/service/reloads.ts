/**
 * Another mapping for a source of the running fabric: checked before anything changes, kept durably, then put
 * in force between two changes. Intake uses it at once; the records that are there follow in the background.
 */
import type { TextFile } from '../assets.ts';
import type { ReloadAnswer, SourceMapping } from '../service.ts';
import type { State } from '../store/state.ts';
import type { BetweenChanges, RecordJoins } from '../write/record-joins.ts';
import type { Remapper } from './remap.ts';
import type { Sources } from './sources.ts';

/** Where mappings that were given to the fabric are kept. */
export interface MappingHome {
  write(source: string, text: string): Promise<void>;
  /** Forgets what was given, if anything was. */
  remove(source: string): Promise<void>;
}

export interface ReloadOptions {
  readonly sources: Sources;
  readonly joins: RecordJoins;
  readonly state: State;
  readonly remapper: Remapper;
  readonly home: MappingHome;
}

export class Reloads {
  readonly #options: ReloadOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ReloadOptions) {
    this.#options = options;
  }

  /** @throws FabricError `unknown-source` */
  mapping(name: string): SourceMapping {
    const { mapping, rules, reloaded } = this.#options.sources.get(name);
    return { source: name, text: mapping.text, version: rules.mappingVersion, reloaded };
  }

  /**
   * @param text  undefined: back to the configured mapping
   * @throws FabricError `unknown-source`, `syntax-error`, `mapping-invalid`; nothing has changed then
   */
  reload(name: string, text: string | undefined): Promise<ReloadAnswer> {
    const turn = this.#last.then(() => this.#reload(name, text));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #reload(name: string, text: string | undefined): Promise<ReloadAnswer> {
    const { sources, joins, remapper, home } = this.#options;
    const before = sources.get(name);
    const after = sources.withMapping(name, text === undefined ? undefined : givenMapping(name, text));
    const version = after.rules.mappingVersion;
    const changed = version !== before.rules.mappingVersion;
    try {
      await joins.enter(after.rules, this.#betweenChanges);
      await (text === undefined ? home.remove(name) : home.write(name, text));
      // Between two changes: no record is mapped half by one and half by the other.
      await this.#betweenChanges(() => {
        sources.replace(after);
        joins.leave(before.rules);
      });
    } catch (failure) {
      joins.leave(after.rules);
      throw failure;
    }
    if (changed) await remapper.reloaded(after.rules, before.rules);
    return { source: name, version, changed, records: remapper.status(name)?.total ?? 0 };
  }

  readonly #betweenChanges: BetweenChanges = (work) =>
    this.#options.state.writer.submit(() => {
      work();
      return { draft: undefined, answer: () => undefined };
    });
}

/** How refusals call a mapping that came to the running fabric. */
export const givenMapping = (source: string, text: string): TextFile => ({
  name: `mapping of ${source}`,
  path: '',
  text,
});
