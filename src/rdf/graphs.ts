/**
 * Graph classes: every graph of the fabric belongs to exactly one, told by its IRI alone.
 *
 * `record` graphs belong to one source record each, `derived` graphs to a rule, `system` graphs to the
 * fabric itself; everything else, the RDF default graph included, is a `user` graph. The default graph that
 * queries see is the merge of record, user and derived graphs; system graphs are seen only when named.
 */
import { FabricError } from '../errors.ts';
import type { RDF } from './terms.ts';
import { namedNode } from './terms.ts';

export const GRAPH_CLASSES = ['record', 'user', 'derived', 'system'] as const;

export type GraphClass = (typeof GRAPH_CLASSES)[number];

/** The names of system graphs that are not per record. */
export type SystemGraph = 'decisions' | 'violations' | 'fabric';

/** Mints and recognises the graphs of one fabric, whose instances are minted under `base`. */
export class GraphNames {
  readonly base: string;
  readonly #record: string;
  readonly #derived: string;
  readonly #system: string;

  /** @param base  absolute IRI ending in `/` or `#`, kept in the data directory since its first start */
  constructor(base: string) {
    this.base = base;
    this.#record = `${base}graph/record/`;
    this.#derived = `${base}graph/derived/`;
    this.#system = `${base}graph/system/`;
  }

  /** The graph of one source record. */
  record(source: string, key: string): RDF.NamedNode {
    return namedNode(this.#record + part(source, key));
  }

  /** Facts of a record that wait because another source states them with precedence. */
  shadow(source: string, key: string): RDF.NamedNode {
    return namedNode(`${this.#system}shadow/${part(source, key)}`);
  }

  /** A refused version of a record with its report. */
  quarantine(source: string, key: string): RDF.NamedNode {
    return namedNode(`${this.#system}quarantine/${part(source, key)}`);
  }

  /** Input that could not even be read as a record of its source. */
  deadLetter(source: string, id: string): RDF.NamedNode {
    return namedNode(`${this.#system}dead-letter/${part(source, id)}`);
  }

  derived(rule: string): RDF.NamedNode {
    return namedNode(this.#derived + encodeURIComponent(rule));
  }

  system(name: SystemGraph): RDF.NamedNode {
    return namedNode(this.#system + name);
  }

  classOf(graph: RDF.Term): GraphClass {
    if (graph.termType !== 'NamedNode' || !graph.value.startsWith(`${this.base}graph/`)) return 'user';
    if (graph.value.startsWith(this.#record)) return 'record';
    if (graph.value.startsWith(this.#derived)) return 'derived';
    return 'system';
  }

  /** @throws FabricError `graph-owned` for a graph that only the fabric itself may change */
  checkWritable(graph: RDF.Term): void {
    const graphClass = this.classOf(graph);
    if (graphClass === 'user') return;
    throw new FabricError('graph-owned', `Graph <${graph.value}> is owned by the fabric`, {
      extensions: { graph: graph.value, class: graphClass },
    });
  }

  /** The record whose facts a record or shadow graph holds; undefined for any other graph. */
  recordOf(graph: RDF.Term): { readonly source: string; readonly key: string } | undefined {
    for (const prefix of [this.#record, `${this.#system}shadow/`]) {
      if (!graph.value.startsWith(prefix)) continue;
      const [source, key] = graph.value.slice(prefix.length).split('/');
      if (source === undefined || key === undefined) return undefined;
      return { source: decodeURIComponent(source), key: decodeURIComponent(key) };
    }
    return undefined;
  }
}

/** Lone surrogates, which JSON keys may hold, cannot be percent-encoded; they become U+FFFD. */
function part(source: string, key: string): string {
  return `${encodeURIComponent(source.toWellFormed())}/${encodeURIComponent(key.toWellFormed())}`;
}
