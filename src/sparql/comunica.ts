/**
 * Comunica as the general engine. The import is heavy, so this module is loaded when a query first needs it.
 */
import { QueryEngine } from '@comunica/query-sparql-rdfjs';
import { BindingsFactory } from '@comunica/utils-bindings-factory';
import { distinctQuads } from '../rdf/dataset.ts';
import { blankNode, dataFactory, quad, type RDF, type Term, variable } from '../rdf/terms.ts';
import { SnapshotSource } from '../store/rdfjs/snapshot-source.ts';
import { beforeDeadline, collect } from './collect.ts';
import type { GeneralEngine, GeneralLimits, GeneralQuery } from './general.ts';
import { columnsOf, withSliceInside } from './plan/evaluate.ts';
import type { QueryResult } from './result.ts';

/** Starts the engine; one is enough for a process. */
export function startComunica(): GeneralEngine {
  const engine = new QueryEngine();
  return {
    async run(query, limits) {
      // The view is held by whoever asks; the engine reads on for a while after its answer was cut short.
      const source = new SnapshotSource(
        { view: query.view, release: () => undefined },
        { defaultGraph: 'merged' },
      );
      try {
        return await run(engine, source, query, limits);
      } finally {
        source.close();
      }
    },
  };
}

async function run(
  engine: QueryEngine,
  source: SnapshotSource,
  query: GeneralQuery,
  limits: GeneralLimits,
): Promise<QueryResult> {
  const operation = query.kind === 'select' ? query.operation : withSliceInside(query.operation);
  const initial = Object.entries(query.bindings).map(
    ([name, term]) => [variable(name), term] as [RDF.Variable, RDF.Term],
  );
  const context = {
    sources: [source],
    ...(query.baseIRI === undefined ? {} : { baseIRI: query.baseIRI }),
    datetime: new Date(limits.started),
    ...(initial.length === 0
      ? {}
      : { initialBindings: new BindingsFactory(dataFactory as never).bindings(initial) }),
  } as never;
  // The operation is made by the same parser; only the nominal types of the two packages differ.
  const algebra = operation as never;
  switch (query.kind) {
    case 'ask':
      return { kind: 'ask', value: await beforeDeadline(engine.queryBoolean(algebra, context), limits) };
    case 'construct':
    case 'describe': {
      const quads = await collect(engine.queryQuads(algebra, context), limits);
      return { kind: 'graph', quads: distinctQuads(quads.map(ownQuad)) };
    }
    case 'select': {
      const variables = columnsOf(operation);
      const keys = variables.map(variable);
      const solutions = await collect(engine.queryBindings(algebra, context), limits);
      const rows = solutions.map((solution) => keys.map((key) => ownTerm(solution.get(key))));
      return { kind: 'select', variables, rows };
    }
  }
}

/**
 * The engine renames the blank nodes of a source and remembers the first name in an IRI; templates and
 * functions make new ones, which keep the name they have.
 */
function ownTerm(term: RDF.Term | undefined): Term | undefined {
  if (term?.termType !== 'BlankNode') return term as Term | undefined;
  const { skolemized } = term as { readonly skolemized?: RDF.NamedNode };
  const label = skolemized && /^urn:comunica_skolem:source_\d+:(.*)$/s.exec(skolemized.value)?.[1];
  return label === undefined ? blankNode(term.value) : blankNode(label);
}

const ownQuad = (q: RDF.BaseQuad): RDF.Quad =>
  quad(
    ownTerm(q.subject) as RDF.Quad_Subject,
    q.predicate as RDF.Quad_Predicate,
    ownTerm(q.object) as RDF.Quad_Object,
  );
