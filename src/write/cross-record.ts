/**
 * Constraints that look at other records: they annotate, never refuse, and are checked again when those
 * others arrive, change their type or go.
 *
 * The check follows the changes at a distance: a change names the records to look at, and a little later one
 * change brings their violations up to date. Records of sources with the policy `annotate` have their
 * record-local violations written here too. The graph of violations holds what stands now, nothing of the past.
 */
import type { Cause, Change } from '../log/change.ts';
import { diffQuads } from '../rdf/dataset.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { namedNode, quad, type RDF, termKey } from '../rdf/terms.ts';
import { cf, rdf, sh } from '../rdf/vocab.ts';
import { ANY, type GraphView, MERGED, UNKNOWN } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';
import { reportToQuads, type ValidationResult } from '../validation/report.ts';
import type { ShapeValidator } from '../validation/validate.ts';
import type { Preparation } from './writer.ts';

export interface CrossRecordOptions {
  readonly graphs: GraphNames;
  readonly validator: ShapeValidator;
  /** Whether record-local violations of this source are annotated instead of refused. */
  readonly annotates: (source: string) => boolean;
  readonly cause: Cause;
}

/** Records looked at in one change: some tens of milliseconds of work. */
const RECORDS_PER_CHANGE = 32;

export class CrossRecordCheck {
  readonly #options: CrossRecordOptions;
  /** Record graphs to look at, by IRI, in order of arrival. */
  readonly #pending = new Map<string, RDF.NamedNode>();

  constructor(options: CrossRecordOptions) {
    this.#options = options;
  }

  get pendingLength(): number {
    return this.#pending.size;
  }

  /** Takes note of what a change makes worth looking at. @param view  the state after it */
  note(change: Change, view: GraphView): void {
    const { graphs } = this.#options;
    const { record } = change.cause;
    const annotated = record !== undefined && this.#options.annotates(record.source);
    for (const q of [...change.added, ...change.removed]) {
      // Telemetry moves literals: neither types nor references change with them.
      if (q.object.termType === 'Literal' && !annotated) continue;
      if (graphs.classOf(q.graph) !== 'record') continue;
      this.#pending.set(q.graph.value, q.graph as RDF.NamedNode);
      if (q.predicate.equals(rdf.type)) this.#noteReferrers(q.subject, view);
    }
  }

  /** The preparation that brings the violations of the next pending records up to date. */
  next(): Preparation<void> {
    return async (state) => {
      const added: RDF.Quad[] = [];
      const removed: RDF.Quad[] = [];
      for (const graph of [...this.#pending.values()].slice(0, RECORDS_PER_CHANGE)) {
        const wanted = await this.#violations(graph, state.view);
        this.#pending.delete(graph.value);
        const delta = diffQuads(this.#standing(graph, state.view), wanted);
        added.push(...delta.added);
        removed.push(...delta.removed);
      }
      const draft =
        added.length + removed.length > 0 ? { cause: this.#options.cause, added, removed } : undefined;
      return { draft, answer: () => undefined };
    };
  }

  /** Records that point at a subject whose type changed. */
  #noteReferrers(subject: RDF.Term, view: GraphView): void {
    const id = view.find(subject);
    if (id === UNKNOWN) return;
    const found = view.match(ANY, ANY, id, ANY);
    for (let i = 0; i < found.length; i += 4) {
      const graph = view.term(found[i + 3]!);
      if (this.#options.graphs.classOf(graph) === 'record') {
        this.#pending.set(graph.value, graph as RDF.NamedNode);
      }
    }
  }

  async #violations(graph: RDF.NamedNode, view: GraphView): Promise<RDF.Quad[]> {
    const { graphs, validator } = this.#options;
    const quads = quadsOf(view, { graph }).map((q) => quad(q.subject, q.predicate, q.object));
    if (quads.length === 0) return [];
    const references = validator.referencesOf(quads);
    const referenced = references.flatMap((iri) =>
      quadsOf(view, { subject: namedNode(iri), predicate: rdf.type, graph: MERGED }),
    );
    const results: ValidationResult[] = [...(await validator.validateCrossRecord(quads, referenced)).results];
    const record = graphs.recordOf(graph);
    if (record && this.#options.annotates(record.source)) {
      results.push(...(await validator.validateRecord(quads)).results);
    }
    if (results.length === 0) return [];
    const home = graphs.system('violations');
    const node = namedNode(`${graph.value}#violations`);
    return [
      ...reportToQuads({ conforms: false, results }, node, home),
      quad(node, cf.recordGraph, graph, home),
    ];
  }

  /** The violations of a record that are written down now: everything reachable from its report. */
  #standing(graph: RDF.NamedNode, view: GraphView): RDF.Quad[] {
    const home = this.#options.graphs.system('violations');
    const quads: RDF.Quad[] = [];
    const seen = new Set<string>();
    const walk = (subject: RDF.Term): void => {
      for (const q of quadsOf(view, { subject, graph: home })) {
        quads.push(q);
        if (!q.predicate.equals(sh.result) || seen.has(termKey(q.object))) continue;
        seen.add(termKey(q.object));
        walk(q.object);
      }
    };
    walk(namedNode(`${graph.value}#violations`));
    return quads;
  }
}
