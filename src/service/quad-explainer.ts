/**
 * Why quads are in the graph: from the graph of a quad to its record, from the record to rules and members.
 */

import { parseQuadMatch } from '../mapping/explain.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import type { ExplainedQuad, ExplainQuadsAnswer } from '../service.ts';
import type { Snapshot } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';
import type { ParentRecords } from '../write/explain-parents.ts';
import { explainRecord } from '../write/explain-record.ts';
import type { RecordQuadsOptions } from '../write/record-quads.ts';
import type { RecordStore } from '../write/record-store.ts';
import type { Sources } from './sources.ts';

export interface QuadExplainerOptions {
  readonly snapshot: () => Snapshot;
  readonly records: RecordStore;
  readonly sources: Sources;
  readonly graphs: GraphNames;
  readonly quads: RecordQuadsOptions;
  readonly parentRecords: ParentRecords;
}

export class QuadExplainer {
  readonly #options: QuadExplainerOptions;

  constructor(options: QuadExplainerOptions) {
    this.#options = options;
  }

  /** @throws FabricError `request-invalid` */
  explain(text: string, limit: number): ExplainQuadsAnswer {
    const { graphs } = this.#options;
    const match = parseQuadMatch(text, NS);
    using snapshot = this.#options.snapshot();
    const found = quadsOf(snapshot.view, match, limit + 1);
    const shown = found.slice(0, limit);
    const byGraph = Map.groupBy(shown, ({ graph }) => graph.value);
    const explained = new Map<RDF.Quad, ExplainedQuad>();
    for (const quads of byGraph.values()) {
      const owner = graphs.recordOf(quads[0]!.graph);
      if (owner) this.#explainRecord(owner, quads, explained);
    }
    const matches = shown.map(
      (quad) => explained.get(quad) ?? { quad: toNQuads(quad), graphClass: graphs.classOf(quad.graph) },
    );
    return { seq: snapshot.seq, matches, complete: found.length <= limit };
  }

  #explainRecord(
    { source, key }: { readonly source: string; readonly key: string },
    quads: readonly RDF.Quad[],
    explained: Map<RDF.Quad, ExplainedQuad>,
  ): void {
    const { records, sources, graphs, quads: options, parentRecords } = this.#options;
    const document = records.durable(source, key);
    const rules = sources.rules(source);
    if (!document || document.value === null || !rules) return;
    const reasons = explainRecord(document, rules, options, quads, parentRecords);
    quads.forEach((quad, i) => {
      explained.set(quad, {
        quad: toNQuads(quad),
        graphClass: graphs.classOf(quad.graph),
        record: { source, key, observedAt: document.observedAt },
        mappingVersion: rules.mappingVersion,
        ...reasons[i]!,
      });
    });
  }
}
