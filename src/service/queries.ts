/**
 * Questions and updates: which state they see, how long they may take, and how an update becomes a change.
 */

import type { TextFile } from '../assets.ts';
import type { Config } from '../config.ts';
import { FabricError } from '../errors.ts';
import type { Draft } from '../log/change.ts';
import { parseHeader } from '../placement/header.ts';
import { parseRdf } from '../rdf/parse.ts';
import type { Term } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import type {
  NamedQuery,
  QueryAnswer,
  QueryRequest,
  RequestContext,
  UpdateAnswer,
  UpdateRequest,
} from '../service.ts';
import type { SparqlEngine } from '../sparql/engine.ts';
import type { Snapshot } from '../store/graph-view.ts';
import type { Writer } from '../write/writer.ts';

export interface QueriesOptions {
  readonly engine: SparqlEngine;
  readonly writer: Writer;
  readonly snapshot: () => Snapshot;
  readonly limits: Config['query'];
}

export class Queries {
  readonly #options: QueriesOptions;
  #running = 0;

  constructor(options: QueriesOptions) {
    this.#options = options;
  }

  /** @throws FabricError `overloaded` when too many run, and what the engine throws */
  async query(request: QueryRequest): Promise<QueryAnswer> {
    const { engine, limits } = this.#options;
    checkLength(request.text, limits.textBytesMax, 'query.textBytesMax');
    const parsed = engine.parse(request.text, { kind: 'query' });
    const bindings = await termsOf(request.bindings ?? {});
    return this.#counted(async () => {
      using snapshot = this.#options.snapshot();
      const result = await engine.query(parsed, snapshot.view, {
        bindings,
        entailment: request.entailment ?? 'none',
        rowsMax: limits.rowsMax,
        planMs: limits.planMs,
        deadlineMs: deadlineOf(request.deadlineMs, limits),
        ...datasetOf(request.defaultGraphs, request.namedGraphs),
      });
      return { result, seq: snapshot.seq };
    });
  }

  /** Evaluated inside the writer, so that nothing comes between reading and writing. */
  async update(context: RequestContext, request: UpdateRequest): Promise<UpdateAnswer> {
    const { engine, writer, limits } = this.#options;
    checkLength(request.text, limits.updateTextBytesMax, 'query.updateTextBytesMax');
    const parsed = engine.parse(request.text, { kind: 'update' });
    return writer.submit(async (state) => {
      const difference = await engine.update(parsed, state.view, {
        seq: state.nextSeq,
        blankNodePrefix: `u${state.nextSeq}x`,
        rowsMax: limits.rowsMax,
        planMs: limits.planMs,
        deadlineMs: deadlineOf(request.deadlineMs, limits),
        ...datasetOf(request.usingGraphs, request.usingNamedGraphs),
      });
      const draft: Draft = {
        cause: {
          kind: 'update',
          principal: context.principal.id,
          tenant: context.tenant,
          requestId: context.requestId,
        },
        ...difference,
      };
      return {
        draft: difference.added.length + difference.removed.length > 0 ? draft : undefined,
        answer: (change) => ({
          seq: change?.seq ?? state.nextSeq - 1,
          added: change?.added.length ?? 0,
          removed: change?.removed.length ?? 0,
        }),
      };
    });
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    const { concurrentMax } = this.#options.limits;
    if (this.#running >= concurrentMax) {
      throw new FabricError('overloaded', `${this.#running} queries run already`, {
        extensions: { retryAfterSeconds: 1, limit: 'query.concurrentMax' },
      });
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }
}

function checkLength(text: string, bytesMax: number, setting: string): void {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= bytesMax) return;
  throw new FabricError('body-too-large', `The text has ${bytes} bytes; ${setting} allows ${bytesMax}`);
}

function deadlineOf(asked: number | undefined, limits: Config['query']): number {
  return Math.min(asked ?? limits.deadlineMs, limits.deadlineMsMax);
}

function datasetOf(
  defaults: readonly string[] | undefined,
  named: readonly string[] | undefined,
): { dataset?: { default: readonly string[]; named: readonly string[] } } {
  if ((defaults?.length ?? 0) + (named?.length ?? 0) === 0) return {};
  return { dataset: { default: defaults ?? [], named: named ?? [] } };
}

/** Bindings in Turtle's term syntax, with the prefixes that every query knows. */
async function termsOf(bindings: Readonly<Record<string, string>>): Promise<Record<string, Term>> {
  const terms: Record<string, Term> = {};
  const prefixes = Object.entries(NS).map(([prefix, namespace]) => `@prefix ${prefix}: <${namespace}> .`);
  for (const [name, text] of Object.entries(bindings)) {
    const wrong = (cause?: unknown): FabricError =>
      new FabricError('request-invalid', `Parameter "${name}" is no RDF term: ${text.slice(0, 200)}`, {
        extensions: { hint: 'Write <iri>, prefix:name, "text", 5 or true.' },
        cause,
      });
    try {
      const quads = await parseRdf(`${prefixes.join('\n')}\n<urn:s> <urn:p> ${text} .`, { format: 'turtle' });
      if (quads.length !== 1) throw wrong();
      terms[name] = quads[0]!.object as Term;
    } catch (thrown) {
      throw thrown instanceof FabricError && thrown.type === 'request-invalid' ? thrown : wrong(thrown);
    }
  }
  return terms;
}

/**
 * The shipped queries, by the name of their files; label and parameters are in the header.
 *
 * @throws FabricError `constraint-broken` naming file and line of a broken header
 */
export function namedQueries(files: readonly TextFile[]): NamedQuery[] {
  return files.map(({ name, path, text }) => {
    const { label, params } = parseHeader(path, text);
    return { name: name.replace(/\.rq$/, ''), label, text, params };
  });
}
