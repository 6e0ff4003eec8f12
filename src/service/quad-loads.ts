/**
 * Loads of quads into user graphs while the fabric runs: a text of any length becomes changes of bounded size, each
 * durable before the next begins.
 *
 * How far a named load has come stands in the system graph `fabric` and moves in the same change as its quads, so that
 * it can be taken up exactly there. A load never writes a graph that the fabric owns, and adds nothing twice.
 */
import { FabricError } from '../errors.ts';
import type { Cause } from '../log/change.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { NQuadsParser } from '../rdf/n-quads/parser.ts';
import { PieceTerms } from '../rdf/n-quads/terms.ts';
import { namedNode, quad, type RDF, typed } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import type { RequestContext } from '../service.ts';
import type { GraphView, Snapshot } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';
import { checkStorable } from '../store/storable.ts';
import type { Preparation, Writer } from '../write/writer.ts';

export interface QuadLoadRequest {
  readonly format: 'n-quads' | 'n-triples';
  /** IRI of the graph of statements that name none; absent: the user default graph. */
  readonly graph?: string;
  /** Put in front of labels of blank nodes; texts with the same one share their blank nodes. Absent: labels stay. */
  readonly scope?: string;
  /** Name under which progress is kept; absent: none is. */
  readonly id?: string;
  /** Bytes of the text that were sent before; 0 for its beginning. */
  readonly offset?: number;
  /** Whether more of the text follows: then progress stays after the last of these bytes. */
  readonly more?: boolean;
}

export interface QuadLoadAnswer {
  /** The state that shows all of it. */
  readonly seq: number;
  readonly statements: number;
  /** Those that were not there before. */
  readonly added: number;
  /** Bytes of the text that are durable. */
  readonly offset: number;
}

export interface QuadLoadsOptions {
  readonly writer: Writer;
  readonly graphs: GraphNames;
  readonly snapshot: () => Snapshot;
  /** Writes what only the log holds to the store; awaited now and then, so that it stays bounded. */
  readonly checkpoint: () => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Quads of one change. */
  readonly quadsPerChange: number;
}

const ID = /^[A-Za-z0-9]{1,64}$/;
/** After so many quads a load waits for a checkpoint. */
const CHECKPOINT_QUADS = 250_000;
const OVERLOADED_WAIT_MS = 100;
const OVERLOADED_TRIES_MAX = 600;

export class QuadLoads {
  readonly #options: QuadLoadsOptions;

  constructor(options: QuadLoadsOptions) {
    this.#options = options;
  }

  /** How far a load came that has not ended. @throws FabricError `not-found`, `request-invalid` */
  progress(id: string): number {
    checkName('id', id);
    using snapshot = this.#options.snapshot();
    const offset = this.#offsets(snapshot.view, id)[0]?.object.value;
    if (offset === undefined) throw new FabricError('not-found', `There is no load "${id}" to resume`);
    return Number(offset);
  }

  /**
   * Takes a text in; resolves when all of it is durable.
   *
   * @throws FabricError `syntax-error` with line and column in the text that was sent, `graph-owned`, `not-supported`,
   *   `overloaded`, and what the writer throws; changes made until then stay, and count as progress
   */
  async load(
    context: RequestContext,
    body: AsyncIterable<Uint8Array>,
    request: QuadLoadRequest,
  ): Promise<QuadLoadAnswer> {
    const { format, graph, scope, id, offset = 0, more = false } = request;
    if (scope !== undefined) checkName('scope', scope);
    if (id !== undefined) checkName('id', id);
    const ids = new PieceTerms();
    const parser = new NQuadsParser({
      ...{ ids, format, start: { offset, line: 1 } },
      ...(graph === undefined ? {} : { graph }),
      // A label may begin with a digit, and letter and digits of two scopes never run together.
      ...(scope === undefined ? {} : { blankNodePrefix: `${scope}_` }),
    });
    const done = { seq: 0, statements: 0, added: 0, offset };
    let waiting: RDF.Quad[] = [];
    let sinceCheckpoint = 0;
    const write = async (isLast: boolean): Promise<void> => {
      const cursor =
        id === undefined ? undefined : { id, offset: isLast && !more ? undefined : parser.offset };
      const { seq, added } = await this.#submit(this.#change(context, waiting, cursor));
      done.seq = seq;
      done.added += added;
      done.statements += waiting.length;
      done.offset = parser.offset;
      sinceCheckpoint += added;
      waiting = [];
      if (sinceCheckpoint < CHECKPOINT_QUADS) return;
      sinceCheckpoint = 0;
      await this.#options.checkpoint();
    };
    for await (const piece of body) {
      for (const part of partsOf(piece)) {
        waiting.push(...ids.quadsOf(parser.push(part)));
        if (waiting.length >= this.#options.quadsPerChange) await write(false);
      }
    }
    waiting.push(...ids.quadsOf(parser.end()));
    await write(true);
    return done;
  }

  /** Waits where the fabric has too much to do; whoever sends is slowed down by it. */
  async #submit<T>(preparation: Preparation<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#options.writer.submit(preparation);
      } catch (refusal) {
        const isFull = refusal instanceof FabricError && refusal.type === 'overloaded';
        if (!isFull || tries >= OVERLOADED_TRIES_MAX) throw refusal;
        await this.#options.sleep(OVERLOADED_WAIT_MS);
      }
    }
  }

  #change(
    context: RequestContext,
    quads: readonly RDF.Quad[],
    cursor: { readonly id: string; readonly offset: number | undefined } | undefined,
  ): Preparation<{ readonly seq: number; readonly added: number }> {
    for (const q of quads) {
      this.#mustBeUser(q.graph);
      checkStorable(q);
    }
    return ({ view, nextSeq }) => {
      const standing = cursor === undefined ? [] : this.#offsets(view, cursor.id);
      const isNews = quads.some((q) => !isThere(view, q));
      // Without anything new no place is noted: to send these bytes once more does nothing either.
      const moves = isNews || (standing.length > 0 && cursor?.offset === undefined);
      const added = isNews ? [...quads] : [];
      if (isNews && cursor?.offset !== undefined) added.push(this.#offsetQuad(cursor.id, cursor.offset));
      const cause: Cause = {
        kind: 'update',
        principal: context.principal.id,
        tenant: context.tenant,
        requestId: context.requestId,
      };
      return {
        draft: moves ? { cause, added, removed: standing } : undefined,
        answer: (change) => ({
          seq: change?.seq ?? nextSeq - 1,
          added:
            change?.added.filter(({ graph }) => this.#options.graphs.classOf(graph) === 'user').length ?? 0,
        }),
      };
    };
  }

  #mustBeUser(graph: RDF.Term): void {
    const { graphs } = this.#options;
    if (graphs.classOf(graph) === 'user') return;
    throw new FabricError('graph-owned', `Graph <${graph.value}> is owned by the fabric`, {
      extensions: { graph: graph.value, class: graphs.classOf(graph) },
    });
  }

  #offsets(view: GraphView, id: string): RDF.Quad[] {
    const { graphs } = this.#options;
    return quadsOf(view, {
      subject: this.#node(id),
      predicate: cf.loadOffset,
      graph: graphs.system('fabric'),
    });
  }

  #offsetQuad(id: string, offset: number): RDF.Quad {
    return quad(
      this.#node(id),
      cf.loadOffset,
      typed(offset, 'integer'),
      this.#options.graphs.system('fabric'),
    );
  }

  #node(id: string): RDF.NamedNode {
    return namedNode(`${this.#options.graphs.base}load/${id}`);
  }
}

/** Pieces of a size whose quads fit into one change, more or less. */
function* partsOf(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += PART_BYTES) yield piece.subarray(at, at + PART_BYTES);
}

const PART_BYTES = 64 * 1024;

function isThere(view: GraphView, q: RDF.Quad): boolean {
  const [s, p, o, g] = [q.subject, q.predicate, q.object, q.graph].map((term) => view.find(term));
  return view.has(s!, p!, o!, g!);
}

function checkName(what: string, name: string): void {
  if (ID.test(name)) return;
  throw new FabricError(
    'request-invalid',
    `The ${what} "${name.slice(0, 80)}" is not 1 to 64 letters and digits`,
  );
}
