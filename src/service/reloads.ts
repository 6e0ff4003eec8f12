/**
 * Another mapping for a source of the running fabric: checked before anything changes, announced in the log, kept
 * durably, then put in force between two changes. Intake uses it at once; the records that are there follow in
 * the background.
 *
 * The log comes first: a text whose change was never logged must not come into force at the next start.
 */
import type { MappingFormat } from '../mapping/parse/syntax.ts';
import type { ReloadAnswer, SourceMapping } from '../service.ts';
import type { State } from '../store/state.ts';
import type { BetweenChanges, RecordJoins } from '../write/record-joins.ts';
import type { Remapper } from './remap.ts';
import type { MappingFile, Source, Sources } from './sources.ts';

/** A mapping that comes to the running fabric. */
export interface GivenMapping {
  readonly text: string;
  readonly format: MappingFormat;
}

/** Where mappings that were given to the fabric are kept. */
export interface MappingHome {
  write(source: string, mapping: GivenMapping): Promise<void>;
  /** Forgets what was given, if anything was. */
  remove(source: string): Promise<void>;
}

export interface ReloadOptions {
  readonly sources: Sources;
  readonly joins: RecordJoins;
  readonly state: Pick<State, 'writer'>;
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
    const { text, format } = mapping;
    return { source: name, text, format, version: rules.mappingVersion, reloaded };
  }

  /**
   * @param given  undefined: back to the configured mapping
   * @throws FabricError `unknown-source`, `syntax-error`, `mapping-invalid`, `log-unavailable`,
   *   `data-directory-unusable`; nothing has changed then
   */
  reload(name: string, given: GivenMapping | undefined): Promise<ReloadAnswer> {
    const turn = this.#last.then(() => this.#reload(name, given));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #reload(name: string, given: GivenMapping | undefined): Promise<ReloadAnswer> {
    const { sources, joins, remapper } = this.#options;
    const before = sources.get(name);
    const after = sources.withMapping(name, given && givenMapping(name, given));
    const version = after.rules.mappingVersion;
    const changed = version !== before.rules.mappingVersion;
    try {
      await joins.enter(after.rules, this.#betweenChanges);
      const withdraw = changed ? await remapper.announce(after.rules) : () => Promise.resolve();
      await orTakeBack(() => this.#putInForce(before, after), withdraw);
    } catch (failure) {
      joins.leave(after.rules);
      throw failure;
    }
    if (changed) await remapper.reloaded(after.rules, before.rules);
    return { source: name, version, changed, records: remapper.status(name)?.total ?? 0 };
  }

  async #putInForce(before: Source, after: Source): Promise<void> {
    const { sources, joins } = this.#options;
    await orTakeBack(
      async () => {
        await this.#keep(after);
        // Between two changes: no record is mapped half by one and half by the other.
        await this.#betweenChanges(() => {
          sources.replace(after);
          joins.leave(before.rules);
        });
      },
      () => this.#keep(before),
    );
  }

  #keep({ config: { name }, mapping, reloaded }: Source): Promise<void> {
    const { home } = this.#options;
    return reloaded ? home.write(name, mapping) : home.remove(name);
  }

  readonly #betweenChanges: BetweenChanges = (work) =>
    this.#options.state.writer.submit(() => {
      work();
      return { draft: undefined, answer: () => undefined };
    });
}

/** How refusals call a mapping that came to the running fabric. */
export const givenMapping = (source: string, given: GivenMapping): MappingFile => ({
  ...given,
  name: `mapping of ${source}`,
  path: '',
});

/** Does something or, when that fails, takes back what it may have done. */
async function orTakeBack(act: () => Promise<void>, takeBack: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (failure) {
    await takeBack().catch(() => undefined); // what takes it back may fail for the same reason, which is told
    throw failure;
  }
}
