/**
 * A durable home on a disk that is only simulated: what is written becomes durable in order, at the latest with the
 * next synced write; a crash keeps a beginning of what was not synced. Writes fail when they are told to.
 */
import type { RecordDocument } from '../../src/mapping/record.ts';
import { quadKey, type RDF } from '../../src/rdf/terms.ts';
import type { Checkpoint, DurableHome, HomeState } from '../../src/store/durable-home.ts';
import { SetHash } from '../../src/store/set-hash.ts';
import type { World } from './world.ts';

/** So few quads a chunk that there are many places to be cut short at. */
const CHUNK = 3;

interface Content {
  readonly quads: Map<string, RDF.Quad>;
  readonly documents: Map<string, RecordDocument>;
  state: HomeState;
}

type Write = (content: Content) => void;

const copyOf = ({ quads, documents, state }: Content): Content => ({
  quads: new Map(quads),
  documents: new Map(documents),
  state,
});

export class HomeDisk {
  /** As whoever opens it now finds it. */
  #content: Content = {
    quads: new Map(),
    documents: new Map(),
    state: { lastSeq: 0, hash: new SetHash().toString() },
  };
  #synced = copyOf(this.#content);
  #unsynced: Write[] = [];
  /** Writes until one fails; undefined: none does. */
  failsAfter: number | undefined;

  get content(): Readonly<Content> {
    return this.#content;
  }

  write(write: Write, { sync = false } = {}): void {
    if (this.failsAfter !== undefined && --this.failsAfter < 0) {
      this.failsAfter = undefined;
      throw new Error('No space left on the simulated disk');
    }
    write(this.#content);
    this.#unsynced.push(write);
    if (sync) this.#sync();
  }

  /** The machine loses power: a beginning of what was not synced stays. */
  crash(world: World): void {
    const kept = world.below(this.#unsynced.length + 1);
    for (const write of this.#unsynced.slice(0, kept)) write(this.#synced);
    this.#unsynced = [];
    this.#content = copyOf(this.#synced);
    this.failsAfter = undefined;
  }

  #sync(): void {
    for (const write of this.#unsynced) write(this.#synced);
    this.#unsynced = [];
  }
}

export class SimulatedHome implements DurableHome {
  readonly #disk: HomeDisk;

  constructor(disk: HomeDisk) {
    this.#disk = disk;
  }

  get state(): HomeState {
    return this.#disk.content.state;
  }

  async *scan(): AsyncIterable<readonly RDF.Quad[]> {
    const quads = [...this.#disk.content.quads.values()];
    for (let at = 0; at < quads.length; at += CHUNK) yield await Promise.resolve(quads.slice(at, at + CHUNK));
  }

  async *documents(): AsyncIterable<RecordDocument> {
    for (const document of this.#disk.content.documents.values()) yield await Promise.resolve(document);
  }

  async checkpoint(checkpoint: Checkpoint, pause: () => Promise<void>): Promise<void> {
    const { seq, hash, present, absent, documents, forgotten } = checkpoint;
    this.#mark({ ...this.state, unfinished: { seq, hash } });
    const writes: Write[] = [
      ...absent.map(
        (q): Write =>
          (content) =>
            void content.quads.delete(quadKey(q)),
      ),
      ...present.map(
        (q): Write =>
          (content) =>
            void content.quads.set(quadKey(q), q),
      ),
      ...documents.map(
        (each): Write =>
          (content) =>
            void content.documents.set(nameOf(each), each),
      ),
      ...forgotten.map(
        (each): Write =>
          (content) =>
            void content.documents.delete(nameOf(each)),
      ),
    ];
    for (let at = 0; at < writes.length; at += CHUNK) {
      this.#disk.write((content) => {
        for (const write of writes.slice(at, at + CHUNK)) write(content);
      });
      await pause();
    }
    this.#mark({ lastSeq: seq, hash });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #mark(state: HomeState): void {
    this.#disk.write((content) => void (content.state = state), { sync: true });
  }
}

const nameOf = ({ source, key }: { readonly source: string; readonly key: string }): string =>
  `${source} ${key}`;
