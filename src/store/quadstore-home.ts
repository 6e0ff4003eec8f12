/**
 * The durable home on quadstore over classic-level: the inspectable, RDF/JS-standard store on disk.
 *
 * Two indexes more than quadstore's default six, so that every pattern has one that fits. Nothing here is
 * ever queried by SPARQL: quadstore opens an iterator per pattern (torn joins), estimates cardinality in
 * bytes and never syncs; behind log and image none of that matters. Markers are written with `sync`.
 */
import { ClassicLevel } from 'classic-level';
import { Quadstore } from 'quadstore';
import { FabricError, messageOf } from '../errors.ts';
import type { RecordDocument } from '../mapping/record.ts';
import { dataFactory, type RDF } from '../rdf/terms.ts';
import type { Checkpoint, DurableHome, HomeState } from './durable-home.ts';
import { SetHash } from './set-hash.ts';

type TermNames = [
  'subject' | 'predicate' | 'object' | 'graph',
  ...('subject' | 'predicate' | 'object' | 'graph')[],
];

/** quadstore's own six, and two that end in a bound literal object with the graph given. */
const INDEXES: TermNames[] = [
  ['subject', 'predicate', 'object', 'graph'],
  ['object', 'graph', 'subject', 'predicate'],
  ['graph', 'subject', 'predicate', 'object'],
  ['subject', 'object', 'predicate', 'graph'],
  ['predicate', 'object', 'graph', 'subject'],
  ['graph', 'predicate', 'object', 'subject'],
  ['graph', 'object', 'subject', 'predicate'],
  ['graph', 'subject', 'object', 'predicate'],
];

/** Quads per chunk: a few milliseconds of work. */
const CHUNK_QUADS = 128;
const SCAN_BATCH = 4096;
const SYNC = { sync: true };

/** Longest term in UTF-16 units that quadstore's keys can hold. */
export const TERM_LENGTH_LIMIT = 1_679_615;

export class QuadstoreHome implements DurableHome {
  readonly #level: ClassicLevel;
  readonly #store: Quadstore;
  readonly #meta;
  readonly #documents;
  #state: HomeState;

  private constructor(level: ClassicLevel, state: HomeState) {
    this.#level = level;
    this.#store = makeStore(level);
    this.#meta = metaOf(level);
    this.#documents = level.sublevel<string, RecordDocument>('documents', { valueEncoding: 'json' });
    this.#state = state;
    openHere.add(level.location);
  }

  /**
   * @throws FabricError `data-directory-locked` when another process, or this one, has it open, `store-damaged`
   */
  static async open(directory: string): Promise<QuadstoreHome> {
    // LevelDB, asked twice by one process, refuses but drops the lock that keeps other processes out.
    if (openHere.has(directory)) throw locked(directory);
    const level = new ClassicLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'view' });
    try {
      await level.open();
    } catch (thrown) {
      const cause = (thrown as { cause?: unknown }).cause;
      if ((cause as { code?: string } | undefined)?.code === 'LEVEL_LOCKED') {
        throw locked(directory, thrown);
      }
      throw damaged(directory, thrown, cause);
    }
    try {
      const state = (await metaOf(level).get('state')) ?? { lastSeq: 0, hash: new SetHash().toString() };
      return new QuadstoreHome(level, state);
    } catch (thrown) {
      await level.close();
      throw damaged(directory, thrown);
    }
  }

  get state(): HomeState {
    return this.#state;
  }

  async *scan(): AsyncIterable<readonly RDF.Quad[]> {
    const { iterator } = await this.#store.getStream({}, { maxBufferSize: SCAN_BATCH });
    let batch: RDF.Quad[] = [];
    for await (const q of iterator) {
      batch.push(q);
      if (batch.length < SCAN_BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  async *documents(): AsyncIterable<RecordDocument> {
    for await (const document of this.#documents.values()) yield document;
  }

  async checkpoint(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void> {
    const { seq, hash } = checkpoint;
    await this.#mark({ ...this.#state, unfinished: { seq, hash } });
    for (const chunk of chunks(checkpoint.absent)) {
      await this.#store.multiDel([...chunk]);
      await pause();
    }
    for (const chunk of chunks(checkpoint.present)) {
      await this.#store.multiPut([...chunk]);
      await pause();
    }
    for (const chunk of chunks(checkpoint.documents)) {
      const batch = this.#documents.batch();
      for (const document of chunk) batch.put(documentKey(document), document);
      await batch.write();
      await pause();
    }
    for (const chunk of chunks(checkpoint.forgotten)) {
      const batch = this.#documents.batch();
      for (const record of chunk) batch.del(documentKey(record));
      await batch.write();
    }
    // LevelDB writes in order: a synced write makes all before it durable.
    await this.#mark({ lastSeq: seq, hash });
  }

  async close(): Promise<void> {
    await this.#level.close();
    openHere.delete(this.#level.location);
  }

  async #mark(state: HomeState): Promise<void> {
    await this.#level.batch([{ type: 'put', sublevel: this.#meta, key: 'state', value: state }], SYNC);
    this.#state = state;
  }
}

/** Stores that this process has open. */
const openHere = new Set<string>();

function locked(directory: string, cause?: unknown): FabricError {
  return new FabricError('data-directory-locked', `Store ${directory} is in use already`, { cause });
}

function makeStore(level: ClassicLevel): Quadstore {
  return new Quadstore({ backend: level, dataFactory: dataFactory, indexes: INDEXES });
}

function metaOf(level: ClassicLevel) {
  return level.sublevel<string, HomeState>('meta', { valueEncoding: 'json' });
}

function documentKey(record: { readonly source: string; readonly key: string }): string {
  return JSON.stringify([record.source, record.key]);
}

function* chunks<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += CHUNK_QUADS) yield items.slice(at, at + CHUNK_QUADS);
}

function damaged(directory: string, thrown: unknown, cause: unknown = thrown): FabricError {
  return new FabricError('store-damaged', `Store ${directory} cannot be opened: ${messageOf(cause)}`, {
    cause: thrown,
  });
}
