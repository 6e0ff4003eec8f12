/**
 * The query engine: parses, plans in id space over one view, and leaves what the plan does not cover to the
 * general engine over the same view. It never writes; an update answers with the difference it would make.
 */
import { FabricError } from '../errors.ts';
import type { TBox } from '../ontology/tbox.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { type RDF, type Term, typed, variable } from '../rdf/terms.ts';
import type { GraphView } from '../store/graph-view.ts';
import { EntailmentView } from '../view/entailment.ts';
import { Algebra, type ParsedQuery, QueryParser } from './algebra.ts';
import { type DatasetGraphs, DatasetView } from './dataset-view.ts';
import type { GeneralEngine } from './general.ts';
import { bindingsOf } from './plan/analysis.ts';
import { evaluatePlan, NotCovered } from './plan/evaluate.ts';
import type { EvaluationOptions } from './plan/evaluation.ts';
import { patternOf, premisesOf } from './premises.ts';
import type { QueryResult, UpdateResult } from './result.ts';
import { runUpdate } from './update.ts';

export interface QueryOptions {
  /** Pre-bound variables, as if by a leading VALUES row that holds everywhere in the query. */
  readonly bindings?: Readonly<Record<string, Term>>;
  /** `fabric`: what the class tree and the properties of the ontology say is seen too. */
  readonly entailment?: 'none' | 'fabric';
  /** Graphs of the protocol (default-graph-uri, named-graph-uri); they stand in the place of FROM. */
  readonly dataset?: DatasetGraphs;
  /** Most solutions, of the answer and of each step that holds them. */
  readonly rowsMax?: number;
  readonly deadlineMs?: number;
  /** Longest time that the plan may take, during which nothing else runs; then the general engine begins anew. */
  readonly planMs?: number;
}

export interface UpdateOptions {
  /** The sequence number that the change will have. */
  readonly seq: number;
  /** Beginning of the labels of blank nodes made by the update; an ordinal follows. */
  readonly blankNodePrefix: string;
  /** Graphs of the protocol (using-graph-uri, using-named-graph-uri). */
  readonly dataset?: DatasetGraphs;
  readonly rowsMax?: number;
  readonly deadlineMs?: number;
  /** As of a query, for each WHERE. */
  readonly planMs?: number;
}

export interface SparqlEngineOptions {
  /** The fabric's graph names, or undefined for pure W3C dataset semantics. */
  readonly graphs: GraphNames | undefined;
  readonly tbox?: TBox;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Prefixes that queries may use without declaring them. */
  readonly prefixes?: Readonly<Record<string, string>>;
  /** Loads the general engine, once, when a query first needs it. */
  readonly loadGeneral: () => Promise<GeneralEngine>;
}

/** How often each way was taken. */
export interface EngineStatistics {
  readonly planned: number;
  readonly general: number;
}

export class SparqlEngine {
  readonly #options: SparqlEngineOptions;
  readonly #parser = new QueryParser();
  #general: Promise<GeneralEngine> | undefined;
  #plannedCount = 0;
  #generalCount = 0;

  constructor(options: SparqlEngineOptions) {
    this.#options = options;
  }

  get statistics(): EngineStatistics {
    return { planned: this.#plannedCount, general: this.#generalCount };
  }

  /**
   * Parses a query or an update.
   *
   * @throws FabricError `syntax-error` with line and column, also where the text is an update and a query
   *   was asked for; `query-unsupported` for RDF 1.2 terms
   */
  parse(text: string, options: { baseIRI?: string; kind?: 'query' | 'update' } = {}): ParsedQuery {
    const { prefixes } = this.#options;
    const parsed = this.#parser.parse(text, {
      ...(options.baseIRI === undefined ? {} : { baseIRI: options.baseIRI }),
      ...(prefixes === undefined ? {} : { prefixes }),
    });
    if (options.kind !== undefined && (parsed.kind === 'update') !== (options.kind === 'update')) {
      const found = parsed.kind === 'update' ? 'an update' : 'a query';
      throw new FabricError(
        'syntax-error',
        `The text is ${found}, where ${options.kind === 'update' ? 'an update' : 'a query'} belongs`,
        {
          location: { line: 1, column: 1, offset: 0 },
        },
      );
    }
    return parsed;
  }

  /**
   * Answers a query: by the plan, or by the general engine, which gives way to other work, where the plan does
   * not cover it or is not done after `planMs`.
   *
   * @throws FabricError `query-deadline`, `query-too-large`, `query-unsupported` (SERVICE and what no engine knows)
   */
  async query(parsed: ParsedQuery, view: GraphView, options: QueryOptions = {}): Promise<QueryResult> {
    const started = this.#options.now();
    const planned = this.#plan(parsed, view, options, started);
    if (planned) return planned;
    refuseService(parsed.operation);
    this.#generalCount++;
    this.#general ??= this.#options.loadGeneral();
    const general = await this.#general;
    const { operation, dataset } = withoutFrom(parsed.quadOperation, options.dataset);
    return general.run(
      {
        kind: kindOf(parsed),
        operation,
        baseIRI: parsed.baseIRI,
        view: this.#viewOf(view, dataset, options),
        bindings: options.bindings ?? {},
      },
      { rowsMax: rowsMaxOf(options), deadlineMs: options.deadlineMs, started, now: this.#options.now },
    );
  }

  /**
   * Answers a query at once; undefined where the plan does not cover it.
   *
   * @throws FabricError `query-deadline`, `query-too-large`
   */
  querySync(parsed: ParsedQuery, view: GraphView, options: QueryOptions = {}): QueryResult | undefined {
    return this.#plan(parsed, view, options, this.#options.now());
  }

  /**
   * The net difference that an update makes on `view`; nothing is written.
   *
   * @throws FabricError `graph-owned` for record, derived and system graphs, `query-unsupported` for LOAD,
   *   `query-deadline`, `query-too-large`
   */
  update(parsed: ParsedQuery, view: GraphView, options: UpdateOptions): Promise<UpdateResult> {
    return runUpdate(parsed, view, {
      ...options,
      graphs: this.#options.graphs,
      query: (query, on, queryOptions) => this.query(query, on, queryOptions),
      now: this.#options.now,
    });
  }

  /**
   * The quads of the view that a solution of the query rests on: its triple patterns and paths with the
   * solution's values, as far as they exist. Variables that the query does not project take the values of
   * the first solution that agrees with the one given.
   */
  premises(
    parsed: ParsedQuery,
    view: GraphView,
    solution: Readonly<Record<string, Term>>,
    options: QueryOptions = {},
  ): readonly RDF.Quad[] {
    const { operation, dataset } = withoutFrom(parsed.quadOperation, options.dataset);
    const { graphs } = this.#options;
    const inMerge = (graph: RDF.Term): boolean =>
      graphs ? graphs.classOf(graph) !== 'system' : graph.termType === 'DefaultGraph';
    const values = { ...options.bindings, ...solution };
    const whole = this.#completed(parsed, view, values, options);
    return premisesOf(operation, this.#viewOf(view, dataset, options), whole, dataset ? () => true : inMerge);
  }

  /** A solution with the variables that the query has and does not project. */
  #completed(
    parsed: ParsedQuery,
    view: GraphView,
    bindings: Readonly<Record<string, Term>>,
    options: QueryOptions,
  ): Readonly<Record<string, Term>> {
    const { operation, dataset } = withoutFrom(parsed.operation, options.dataset);
    const input = patternOf(operation);
    const names = [...bindingsOf(input).possible];
    const project: Algebra.Project = { type: Algebra.Types.PROJECT, input, variables: names.map(variable) };
    const first: Algebra.Slice = { type: Algebra.Types.SLICE, input: project, start: 0, length: 1 };
    const completing = { kind: 'select', operation: first, quadOperation: first } as const;
    const narrowed = { ...options, bindings, ...(dataset === undefined ? {} : { dataset }) };
    const result = this.#plan(completing, view, narrowed, this.#options.now());
    const row = result?.kind === 'select' ? result.rows[0] : undefined;
    if (!row) return bindings;
    const found = names.map((name, i) => [name, row[i]] as const).filter(([, term]) => term !== undefined);
    return { ...Object.fromEntries(found as [string, Term][]), ...bindings };
  }

  #plan(
    parsed: ParsedQuery,
    view: GraphView,
    options: QueryOptions,
    started: number,
  ): QueryResult | undefined {
    const { operation, dataset } = withoutFrom(parsed.operation, options.dataset);
    try {
      const result = evaluatePlan(
        { kind: kindOf(parsed), operation, bindings: options.bindings ?? {} },
        this.#viewOf(view, dataset, options),
        this.#evaluationOptions(options, started),
      );
      this.#plannedCount++;
      return result;
    } catch (thrown) {
      if (thrown instanceof NotCovered || thrown instanceof TurnOver) return undefined;
      throw thrown;
    }
  }

  #evaluationOptions(options: QueryOptions, started: number): EvaluationOptions {
    const { now } = this.#options;
    const { deadlineMs, planMs = Number.POSITIVE_INFINITY } = options;
    return {
      queryTime: typed(new Date(started).toISOString(), 'dateTime'),
      rowsMax: rowsMaxOf(options),
      wholeSubjects: options.entailment !== 'fabric',
      checkDeadline: () => {
        const tookMs = now() - started;
        if (deadlineMs === undefined || tookMs <= deadlineMs) {
          if (tookMs > planMs) throw new TurnOver();
          return;
        }
        throw new FabricError('query-deadline', `The query took longer than ${deadlineMs} ms`, {
          extensions: { deadlineMs },
        });
      },
    };
  }

  #viewOf(view: GraphView, dataset: DatasetGraphs | undefined, options: QueryOptions): GraphView {
    const chosen = dataset ? new DatasetView(view, dataset) : view;
    const { tbox } = this.#options;
    return options.entailment === 'fabric' && tbox ? new EntailmentView(chosen, tbox) : chosen;
  }
}

/** The plan has held up everything else for long enough. */
class TurnOver extends Error {}

const rowsMaxOf = (options: QueryOptions): number => options.rowsMax ?? Number.POSITIVE_INFINITY;

function kindOf(parsed: ParsedQuery): 'select' | 'ask' | 'construct' | 'describe' {
  if (parsed.kind === 'update')
    throw new FabricError('syntax-error', 'The text is an update, where a query belongs');
  return parsed.kind;
}

/** Takes FROM off a query; a dataset of the protocol stands in its place. */
function withoutFrom(
  operation: Algebra.Operation,
  dataset: DatasetGraphs | undefined,
): { operation: Algebra.Operation; dataset: DatasetGraphs | undefined } {
  if (operation.type !== Algebra.Types.FROM) return { operation, dataset };
  const { input, default: defaults, named } = operation;
  const iris = (nodes: readonly RDF.NamedNode[]): string[] => nodes.map((node) => node.value);
  return { operation: input, dataset: dataset ?? { default: iris(defaults), named: iris(named) } };
}

/** No query leaves the process. */
function refuseService(operation: unknown): void {
  if (typeof operation !== 'object' || operation === null) return;
  if ((operation as { type?: string }).type === 'service') {
    throw new FabricError('query-unsupported', 'SERVICE is refused: a query never leaves the fabric');
  }
  for (const inner of Object.values(operation)) refuseService(inner);
}
