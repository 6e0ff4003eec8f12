/**
 * The durable home on quadstore over classic-level: the inspectable, RDF/JS-standard store on disk.
 *
 * Two indexes more than quadstore's default six, so that every pattern has one that fits. Nothing here is
 * ever queried by SPARQL: quadstore opens an iterator per pattern (torn joins), estimates cardinality in
 * bytes and never syncs; behind log and image none of that matters. Markers are written with `sync`.
 */
import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';
import { Quadstore } from 'quadstore';
import { FabricError, messageOf } from '../errors.ts';
import type { RecordDocument } from '../mapping/record.ts';
import { dataFactory, type RDF } from '../rdf/terms.ts';
import { DocumentSum } from './document-sum.ts';
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
  /** Of the documents that the store holds now; made when it is needed. */
  #documentSum: DocumentSum | undefined;
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
    try {
      const { iterator } = await this.#opened.store.getStream({}, { maxBufferSize: SCAN_BATCH });
      let batch: RDF.Quad[] = [];
      for await (const q of iterator) {
        batch.push(q);
        if (batch.length < SCAN_BATCH) continue;
        yield batch;
        batch = [];
      }
      yield batch;
    } catch (thrown) {
      throw damaged(this.#directory, thrown);
    }
  }

  async *documents(): AsyncIterable<RecordDocument> {
    const sum = new DocumentSum();
    try {
      for await (const [key, text] of this.#opened.documents.iterator()) {
        sum.add(key, text);
        yield JSON.parse(text) as RecordDocument;
      }
    } catch (thrown) {
      throw damaged(this.#directory, thrown);
    }
    const { documents: expected, unfinished } = this.#state;
    if (expected !== undefined && !unfinished && sum.toString() !== expected) {
      throw new FabricError(
        'store-damaged',
        `The documents of store ${this.#directory} are not those of its checkpoint`,
        { extensions: { expected, found: sum.toString() } },
      );
    }
    this.#documentSum = sum;
  }

  async checkpoint(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void> {
    if (this.#isDoubtful) await this.#reopen();
    this.#isDoubtful = true;
    await this.#write(checkpoint, pause);
    this.#isDoubtful = false;
  }

  async #write(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void> {
    const { store } = this.#opened;
    const { seq, hash } = checkpoint;
    const sum = (this.#documentSum ??= await this.#sumDocuments());
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
      await this.#writeDocuments(
        sum,
        chunk.map((document) => ({ key: documentKey(document), text: JSON.stringify(document) })),
      );
      await pause();
    }
    for (const chunk of chunks(checkpoint.forgotten)) {
      await this.#writeDocuments(
        sum,
        chunk.map((record) => ({ key: documentKey(record), text: undefined })),
      );
      await pause();
    }
    // LevelDB writes in order: a synced write makes all before it durable.
    await this.#mark({ lastSeq: seq, hash, documents: sum.toString() });
  }

  async #sumDocuments(): Promise<DocumentSum> {
    const sum = new DocumentSum();
    for await (const [key, text] of this.#opened.documents.iterator()) sum.add(key, text);
    return sum;
  }

  /** Puts documents by their key in place of those before; without a text there is none any more. */
  async #writeDocuments(
    sum: DocumentSum,
    entries: readonly { readonly key: string; readonly text: string | undefined }[],
  ): Promise<void> {
    const { documents } = this.#opened;
    const before = await documents.getMany(entries.map(({ key }) => key));
    const batch = documents.batch();
    for (const [index, { key, text }] of entries.entries()) {
      const old = before[index];
      if (old !== undefined) sum.remove(key, old);
      if (text === undefined) batch.del(key);
      else {
        sum.add(key, text);
        batch.put(key, text);
      }
    }
    await batch.write();
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
    this.#documentSum = undefined;
  }

  async #mark(state: HomeState): Promise<void> {
    const { level, meta } = this.#opened;
    const value = { ...state, check: checkOf(state) };
    await level.batch([{ type: 'put', sublevel: meta, key: 'state', value }], SYNC);
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
    const state = stateIn(await meta.get('state'));
    return { opened: { level, store: makeStore(level), meta, documents: documentsOf(level) }, state };
  } catch (thrown) {
    await level.close();
    throw damaged(directory, thrown);
  }
}

/** What was marked last, or the state of a new store. */
function stateIn(stored: (HomeState & { readonly check?: number }) | undefined): HomeState {
  if (stored === undefined) return { lastSeq: 0, hash: new SetHash().toString() };
  const { check, ...state } = stored;
  if (check !== undefined && check !== checkOf(state)) throw new Error('the checksum of its state is wrong');
  return state;
}

function checkOf({ lastSeq, hash, documents, unfinished }: HomeState): number {
  return crc32(JSON.stringify([lastSeq, hash, documents, unfinished?.seq, unfinished?.hash]));
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
  return level.sublevel<string, HomeState & { readonly check?: number }>('meta', { valueEncoding: 'json' });
}

function documentsOf(level: ClassicLevel) {
  return level.sublevel('documents', { valueEncoding: 'utf8' });
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
