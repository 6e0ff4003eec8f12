/**
 * The WHERE clauses of an update as queries of their own. In the update's algebra a GRAPH without triple
 * patterns leaves no trace; in a query's it does.
 */
import { Algebra } from '@traqula/algebra-transformations-1-1';
import type { DatasetGraphs } from './dataset-view.ts';

/** A WHERE clause as a SELECT of everything. */
export interface Where {
  readonly operation: Algebra.Operation;
  readonly quadOperation: Algebra.Operation;
  /** The dataset that USING or WITH say; WITH leaves all named graphs to be seen. */
  readonly dataset: DatasetGraphs | undefined;
}

/** The syntax tree of an update, as far as it matters here. */
export interface UpdateSyntax {
  readonly updates?: readonly {
    readonly context: readonly unknown[];
    readonly operation?: {
      readonly subType: string;
      readonly graph?: object;
      readonly where?: object;
      readonly from?: { readonly clauses: readonly unknown[] };
      readonly loc?: unknown;
    };
  }[];
}

/** Translates a query's syntax tree; `quads` puts the graph in each pattern. */
export type Translate = (syntax: object, quads: boolean) => Algebra.Operation;

/** The WHERE clause of each operation of an update, undefined where it has none of its own. */
export function wheresOf({ updates = [] }: UpdateSyntax, translate: Translate): (Where | undefined)[] {
  const context: unknown[] = [];
  return updates
    .filter(({ context: added, operation }) => {
      context.push(...added);
      return operation !== undefined;
    })
    .map(({ operation }) => {
      if (operation?.subType !== 'modify' || !operation.where) return undefined;
      const { where, from, graph, loc } = operation;
      const select = (pattern: object): object => ({
        type: 'query',
        subType: 'select',
        context: [...context],
        variables: [{ type: 'wildcard', loc }],
        datasets: from ?? { type: 'datasetClauses', clauses: [], loc },
        solutionModifiers: {},
        where: pattern,
        loc,
      });
      const withGraph = graph && !from?.clauses.length ? nameOf(graph, select, translate, loc) : undefined;
      const query = select(where);
      const plain = splitFrom(translate(query, false));
      return {
        operation: plain.operation,
        quadOperation: splitFrom(translate(query, true)).operation,
        dataset: plain.dataset ?? (withGraph === undefined ? undefined : { default: [withGraph] }),
      };
    });
}

/** The IRI that WITH names, resolved as the query's own are. */
function nameOf(
  graph: object,
  select: (pattern: object) => object,
  translate: Translate,
  loc: unknown,
): string {
  const pattern = { type: 'pattern', subType: 'graph', name: graph, patterns: [], loc };
  const group = { type: 'pattern', subType: 'group', patterns: [pattern], loc };
  const project = translate(select(group), false) as Algebra.Project;
  return (project.input as Algebra.Graph).name.value;
}

function splitFrom(operation: Algebra.Operation): {
  operation: Algebra.Operation;
  dataset: DatasetGraphs | undefined;
} {
  if (operation.type !== Algebra.Types.FROM) return { operation, dataset: undefined };
  const { input, default: defaults, named } = operation;
  return {
    operation: input,
    dataset: { default: defaults.map(({ value }) => value), named: named.map(({ value }) => value) },
  };
}
