/**
 * The fabric as an RDF/JS `Store`, for programs that embed it: reads see one state until they are told to go on
 * to the next, so that the patterns of a query never see different ones; writes go through the one writer.
 *
 * It must never write where SPARQL UPDATE may not, and never report the end of a write before it is durable.
 */
import { EventEmitter } from 'node:events';
import { wrap } from 'asynciterator';
import { FabricError } from '../../errors.ts';
import type { GraphNames } from '../../rdf/graphs.ts';
import { defaultGraph, namedNode, type RDF } from '../../rdf/terms.ts';
import type { GraphView, Snapshot } from '../graph-view.ts';
import { ANY } from '../graph-view.ts';
import { quadsOf } from '../lookup.ts';
import { type BlankNodeNaming, ownQuad } from './own-quad.ts';
import type { QuadMatch, Wanted } from './quad-match.ts';
import { SnapshotSource, type SnapshotSourceOptions } from './snapshot-source.ts';

/** What a write does, found out on the state that it changes. */
export interface StoreWrite {
  readonly added?: readonly RDF.Quad[];
  readonly removed?: readonly RDF.Quad[];
}

export interface FabricStoreOptions extends SnapshotSourceOptions {
  readonly graphs: GraphNames;
  /** Pins the newest state. */
  readonly snapshot: () => Snapshot;
  /** Resolves when what `prepare` gives is durable and visible. `nextSeq` is the change that it becomes. */
  readonly write: (prepare: (view: GraphView, nextSeq: number) => StoreWrite) => Promise<void>;
  /** Most quads of one change; a longer stream becomes several. */
  readonly changeQuadsMax: number;
  /**
   * What becomes of the labels of blank nodes that are imported. `keep`: they stay, as other stores have it, so that
   * a label names one node for good. `fresh`: each import has nodes of its own.
   */
  readonly blankNodes: 'keep' | 'fresh';
}

const keep: BlankNodeNaming = (label) => label;

export class FabricStore implements RDF.Store, Disposable {
  readonly #options: FabricStoreOptions;
  #source: SnapshotSource | undefined;
  #isDisposed = false;

  constructor(options: FabricStoreOptions) {
    this.#options = options;
  }

  /** The state that is read. */
  get seq(): number {
    return this.#current().seq;
  }

  /** Lets go of the state that is read; the next read sees the newest one. Streams under way stay where they are. */
  refresh(): void {
    this.#source?.retire();
    this.#source = undefined;
  }

  /** As of {@link SnapshotSource.match}; all matches show one state until {@link refresh} or a write of this store. */
  match(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): QuadMatch {
    return this.#current().match(subject, predicate, object, graph);
  }

  countQuads(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): number {
    return this.#current().countQuads(subject, predicate, object, graph);
  }

  get size(): number {
    return this.#current().size;
  }

  has(q: RDF.Quad): boolean {
    return this.#current().has(q);
  }

  [Symbol.iterator](): Iterator<RDF.Quad> {
    return this.#current()[Symbol.iterator]();
  }

  /**
   * Adds all quads of a stream. `end` comes when they are durable; `error` with a FabricError when they are not:
   * `graph-owned`, `not-supported`, `overloaded`, `log-unavailable`, `storage-full`, or what the stream itself
   * reports. A stream of more than `changeQuadsMax` quads is several changes; those before a failure stay.
   */
  import(stream: RDF.Stream): EventEmitter {
    const names = new Map<string, string>();
    const naming = (nextSeq: number): BlankNodeNaming => {
      if (this.#options.blankNodes === 'keep') return keep;
      return (label) => {
        let name = names.get(label);
        if (name === undefined) {
          name = `i${nextSeq}x${names.size}`;
          names.set(label, name);
        }
        return name;
      };
    };
    return this.#emitting(() =>
      this.#inPortions(stream, (quads) =>
        this.#write((_, nextSeq) => ({ added: this.#writable(quads, naming(nextSeq)) })),
      ),
    );
  }

  /** Removes all quads of a stream; see {@link import}. Those that are not there are passed over. */
  remove(stream: RDF.Stream): EventEmitter {
    return this.#emitting(() =>
      this.#inPortions(stream, (quads) => this.#write(() => ({ removed: this.#writable(quads, keep) }))),
    );
  }

  /** Removes all quads that match, in one change; `graph-owned` where one lies in a graph of the fabric's own. */
  removeMatches(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): EventEmitter {
    const pattern = {
      ...{ subject: subject ?? undefined, predicate: predicate ?? undefined, object: object ?? undefined },
      graph: graph ?? ANY,
    } as const;
    return this.#emitting(() =>
      this.#write((view) => ({ removed: this.#writable(quadsOf(view, pattern), keep) })),
    );
  }

  /** Removes all quads of one graph, in one change. */
  deleteGraph(graph: RDF.Quad_Graph | string): EventEmitter {
    if (typeof graph !== 'string') return this.removeMatches(null, null, null, graph);
    return this.removeMatches(null, null, null, graph === '' ? defaultGraph() : namedNode(graph));
  }

  /** Lets go of the state; nothing can be read any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.refresh();
  }

  #current(): SnapshotSource {
    if (this.#isDisposed) throw new FabricError('snapshot-unavailable', 'The store was disposed of');
    this.#source ??= new SnapshotSource(this.#options.snapshot(), this.#options);
    return this.#source;
  }

  /** Whoever wrote reads what was written. */
  async #write(prepare: (view: GraphView, nextSeq: number) => StoreWrite): Promise<void> {
    await this.#options.write(prepare);
    this.refresh();
  }

  #writable(quads: readonly RDF.Quad[], naming: BlankNodeNaming): RDF.Quad[] {
    return quads.map((foreign) => {
      this.#options.graphs.checkWritable(foreign.graph);
      return ownQuad(foreign, naming);
    });
  }

  async #inPortions(stream: RDF.Stream, take: (quads: readonly RDF.Quad[]) => Promise<void>): Promise<void> {
    let portion: RDF.Quad[] = [];
    for await (const q of pulled(stream)) {
      portion.push(q);
      if (portion.length < this.#options.changeQuadsMax) continue;
      await take(portion);
      portion = [];
    }
    if (portion.length > 0) await take(portion);
  }

  /** The events of RDF/JS for the end of some work. As with any emitter, an `error` that nobody listens to is thrown. */
  #emitting(work: () => Promise<void>): EventEmitter {
    const emitter = new EventEmitter();
    void work().then(
      () => emitter.emit('end'),
      (failure: unknown) => emitter.emit('error', failure),
    );
    return emitter;
  }
}

/** A stream that is read as fast as its quads can be written, and no faster. */
function pulled(stream: RDF.Stream): AsyncIterable<RDF.Quad> {
  return Symbol.asyncIterator in stream ? (stream as RDF.Stream & AsyncIterable<RDF.Quad>) : wrap(stream);
}
