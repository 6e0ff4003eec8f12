/**
 * What is done with a state as a whole: quads loaded in bulk, dumps of the past, backups. Each of it passes the hook of
 * who may do what; readers hold one state and never stand in front of a writer.
 */
import { type Action, type Authorize, admit } from '../authorize.ts';
import { FabricError } from '../errors.ts';
import { isIri } from '../mapping/iri.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { namedNode } from '../rdf/terms.ts';
import type { Dump, RequestContext } from '../service.ts';
import type { GivenMapping } from '../store/backup/format.ts';
import { writeBackup } from '../store/backup/write.ts';
import { eachQuadOf } from '../store/lookup.ts';
import type { Readers } from '../store/readers.ts';
import type { State } from '../store/state.ts';
import { quadsAt } from './past-quads.ts';
import type { QuadLoadAnswer, QuadLoadRequest, QuadLoads } from './quad-loads.ts';

/** An archive of one state, held until it is disposed of. */
export interface Backup extends Disposable {
  readonly seq: number;
  /** A gzipped tar archive; see `store/backup/format.ts`. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** How far a load came that has not ended. */
export interface QuadLoadProgress {
  readonly id: string;
  /** Bytes of the text that are durable. */
  readonly offset: number;
}

/** Part of the port of the service. */
export interface WholeStateService {
  /**
   * Takes N-Quads or N-Triples into user graphs, in changes of bounded size; resolves when all of it is durable.
   *
   * @throws FabricError `syntax-error`, `graph-owned`, `not-supported`, `overloaded`, `log-unavailable`; changes made
   *   until then stay, and count as progress where the load has an id
   */
  loadQuads(
    context: RequestContext,
    body: AsyncIterable<Uint8Array>,
    request: QuadLoadRequest,
  ): Promise<QuadLoadAnswer>;
  /** @throws FabricError `not-found` where no load of this id is unfinished */
  quadLoad(context: RequestContext, id: string): QuadLoadProgress;
  /** Quads as of a state of the past. @throws FabricError `snapshot-unavailable` when the log does not reach back */
  dumpAt(context: RequestContext, seq: number, graph?: string): Promise<Dump>;
  /** Quads, records and given mappings of the present state. */
  backup(context: RequestContext): Backup;
}

export interface WholeStateOptions {
  readonly authorize: Authorize;
  readonly graphs: GraphNames;
  readonly state: Pick<State, 'log' | 'records'>;
  readonly readers: Readers;
  readonly loads: QuadLoads;
  readonly givenMappings: () => readonly GivenMapping[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class WholeState implements WholeStateService {
  readonly #options: WholeStateOptions;

  constructor(options: WholeStateOptions) {
    this.#options = options;
  }

  async loadQuads(
    context: RequestContext,
    body: AsyncIterable<Uint8Array>,
    request: QuadLoadRequest,
  ): Promise<QuadLoadAnswer> {
    this.#admit(context, 'update', request.graph);
    return this.#options.loads.load(context, body, request);
  }

  quadLoad(context: RequestContext, id: string): QuadLoadProgress {
    this.#admit(context, 'read');
    return { id, offset: this.#options.loads.progress(id) };
  }

  dump(context: RequestContext, graph?: string): Dump {
    const pattern = this.#patternOf(context, graph);
    const snapshot = this.#options.readers.take('dump');
    const { seq, view } = snapshot;
    return {
      seq,
      quads: eachQuadOf(view, pattern),
      [Symbol.dispose]: () => {
        snapshot.release();
      },
    };
  }

  async dumpAt(context: RequestContext, seq: number, graph?: string): Promise<Dump> {
    const pattern = this.#patternOf(context, graph);
    const snapshot = this.#options.readers.take('dump');
    try {
      const quads = await quadsAt(seq, snapshot.view, this.#options.state.log, pattern);
      return {
        seq,
        quads,
        [Symbol.dispose]: () => {
          snapshot.release();
        },
      };
    } catch (refusal) {
      snapshot.release();
      throw refusal;
    }
  }

  backup(context: RequestContext): Backup {
    this.#admit(context, 'admin');
    const { readers, state, graphs, givenMappings, now } = this.#options;
    // Nothing comes between these lines: quads and documents are of the same state.
    const snapshot = readers.take('backup');
    const documents = state.records.durableAll();
    const { seq, view } = snapshot;
    const chunks = writeBackup(
      { seq, baseIri: graphs.base, quads: eachQuadOf(view, {}), documents, mappings: givenMappings() },
      now(),
    );
    return {
      seq,
      chunks,
      [Symbol.dispose]: () => {
        snapshot.release();
      },
    };
  }

  #patternOf(context: RequestContext, graph: string | undefined) {
    this.#admit(context, 'read', graph);
    if (graph === undefined) return {};
    if (!isIri(graph)) throw new FabricError('request-invalid', `Graph "${graph}" is not an IRI`);
    return { graph: namedNode(graph) };
  }

  #admit({ principal, tenant }: RequestContext, action: Action, graph?: string): void {
    admit(this.#options.authorize, principal, action, { tenant, ...(graph === undefined ? {} : { graph }) });
  }
}
