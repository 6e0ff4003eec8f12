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

/** The file by which LevelDB keeps other processes out. */
export const LOCK_FILE = 'LOCK';

/** Quads per chunk: a few milliseconds of work. */
const CHUNK_QUADS = 128;
const SCAN_BATCH = 4096;
const SYNC = { sync: true };

export class QuadstoreHome implements DurableHome {
  readonly #directory: string;
  #opened: Opened;
  #state: HomeState;
  /** A write failed. What LevelDB then holds in its own log is known only after it was opened again. */
  #isDoubtful = false;

  private constructor(directory: string, opened: Opened, state: HomeState) {
    this.#directory = directory;
    this.#opened = opened;
    this.#state = state;
    openHere.add(directory);
  }

  /**
   * @throws FabricError `data-directory-locked` when another process, or this one, has it open, `store-damaged`
   */
  static async open(directory: string): Promise<QuadstoreHome> {
    // LevelDB, asked twice by one process, refuses but drops the lock that keeps other processes out.
    if (openHere.has(directory)) throw locked(directory);
    const { opened, state } = await openLevel(directory);
    return new QuadstoreHome(directory, opened, state);
  }

  get state(): HomeState {
    return this.#state;
  }

  async *scan(): AsyncIterable<readonly RDF.Quad[]> {
    const { iterator } = await this.#opened.store.getStream({}, { maxBufferSize: SCAN_BATCH });
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
    for await (const document of this.#opened.documents.values()) yield document;
  }

  async checkpoint(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void> {
    if (this.#isDoubtful) await this.#reopen();
    this.#isDoubtful = true;
    await this.#write(checkpoint, pause);
    this.#isDoubtful = false;
  }

  async #write(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void> {
    const { store, documents } = this.#opened;
    const { seq, hash } = checkpoint;
    await this.#mark({ ...this.#state, unfinished: { seq, hash } });
    for (const chunk of chunks(checkpoint.absent)) {
      await store.multiDel([...chunk]);
      await pause();
    }
    for (const chunk of chunks(checkpoint.present)) {
      await store.multiPut([...chunk]);
      await pause();
    }
    for (const chunk of chunks(checkpoint.documents)) {
      const batch = documents.batch();
      for (const document of chunk) batch.put(documentKey(document), document);
      await batch.write();
      await pause();
    }
    for (const chunk of chunks(checkpoint.forgotten)) {
      const batch = documents.batch();
      for (const record of chunk) batch.del(documentKey(record));
      await batch.write();
    }
    // LevelDB writes in order: a synced write makes all before it durable.
    await this.#mark({ lastSeq: seq, hash });
  }

  async close(): Promise<void> {
    await this.#opened.level.close();
    openHere.delete(this.#directory);
  }

  async #reopen(): Promise<void> {
    await this.#opened.level.close();
    const { opened, state } = await openLevel(this.#directory);
    this.#opened = opened;
    this.#state = state;
  }

  async #mark(state: HomeState): Promise<void> {
    const { level, meta } = this.#opened;
    await level.batch([{ type: 'put', sublevel: meta, key: 'state', value: state }], SYNC);
    this.#state = state;
  }
}

interface Opened {
  readonly level: ClassicLevel;
  readonly store: Quadstore;
  readonly meta: ReturnType<typeof metaOf>;
  readonly documents: ReturnType<typeof documentsOf>;
}

async function openLevel(directory: string): Promise<{ readonly opened: Opened; readonly state: HomeState }> {
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
    const meta = metaOf(level);
    const state = (await meta.get('state')) ?? { lastSeq: 0, hash: new SetHash().toString() };
    return { opened: { level, store: makeStore(level), meta, documents: documentsOf(level) }, state };
  } catch (thrown) {
    await level.close();
    throw damaged(directory, thrown);
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

function documentsOf(level: ClassicLevel) {
  return level.sublevel<string, RecordDocument>('documents', { valueEncoding: 'json' });
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
