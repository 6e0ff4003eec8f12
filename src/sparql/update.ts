/**
 * SPARQL 1.1 Update: operations run one after the other on an overlay, and the net difference is the answer.
 *
 * Only user graphs change. Nothing is written here, and nothing is fetched.
 */
import { FabricError } from '../errors.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import { defaultGraph, quad, type RDF, type Term, variable } from '../rdf/terms.ts';
import { ANY, type GraphView, NAMED, UNKNOWN } from '../store/graph-view.ts';
import { OverlayView } from '../store/overlay-view.ts';
import { Algebra, type ParsedQuery } from './algebra.ts';
import type { DatasetGraphs } from './dataset-view.ts';
import { variablesOf } from './plan/analysis.ts';
import type { QueryResult, UpdateResult } from './result.ts';
import { instantiate, TemplateBlankNodes } from './template.ts';
import type { Where } from './update-where.ts';

export interface UpdateContext {
  readonly graphs: GraphNames | undefined;
  readonly seq: number;
  readonly blankNodePrefix: string;
  readonly dataset?: DatasetGraphs;
  readonly deadlineMs?: number;
  readonly rowsMax?: number;
  readonly planMs?: number;
  readonly now: () => number;
  readonly query: (parsed: ParsedQuery, view: GraphView, options: WhereOptions) => Promise<QueryResult>;
}

interface WhereOptions {
  readonly dataset?: DatasetGraphs;
  readonly deadlineMs?: number;
  readonly rowsMax?: number;
  readonly planMs?: number;
}

/**
 * Runs an update.
 *
 * @throws FabricError as {@link SparqlEngine.update} says
 */
export async function runUpdate(
  parsed: ParsedQuery,
  view: GraphView,
  context: UpdateContext,
): Promise<UpdateResult> {
  if (parsed.kind !== 'update') {
    throw new FabricError('syntax-error', 'The text is a query, where an update belongs');
  }
  const { operation } = parsed;
  const operations = operation.type === Algebra.Types.COMPOSITE_UPDATE ? operation.updates : [operation];
  const wheres = [...(parsed.wheres ?? [])];
  const run = new UpdateRun(view, context);
  for (const one of operations) {
    await run.apply(one, one.type === Algebra.Types.NOP ? undefined : wheres.shift());
  }
  return run.result;
}

/** The short form DELETE WHERE: its patterns are its template. */
const whereOf = (operation: Algebra.Operation): Where => ({
  operation,
  quadOperation: operation,
  dataset: undefined,
});

type Target = 'DEFAULT' | 'NAMED' | 'ALL' | RDF.NamedNode;

class UpdateRun {
  readonly #overlay: OverlayView;
  readonly #context: UpdateContext;
  readonly #blankNodes: TemplateBlankNodes;
  readonly #started: number;

  constructor(view: GraphView, context: UpdateContext) {
    this.#overlay = new OverlayView(view, context.graphs, context.seq);
    this.#context = context;
    this.#blankNodes = new TemplateBlankNodes(context.blankNodePrefix, this.#overlay);
    this.#started = context.now();
  }

  get result(): UpdateResult {
    return { added: this.#overlay.added, removed: this.#overlay.removed };
  }

  /** Runs one operation; SILENT makes a refused one do nothing. */
  async apply(operation: Algebra.Operation, where: Where | undefined): Promise<void> {
    try {
      await this.#run(operation, where);
    } catch (thrown) {
      if ((operation as Algebra.UpdateGraph).silent === true && thrown instanceof FabricError) return;
      throw thrown;
    }
  }

  async #run(operation: Algebra.Operation, where: Where | undefined): Promise<void> {
    switch (operation.type) {
      case Algebra.Types.NOP:
        return;
      case Algebra.Types.DELETE_INSERT:
        return this.#deleteInsert(operation, where);
      case Algebra.Types.CLEAR:
      case Algebra.Types.DROP:
        for (const graph of this.#graphsOf((operation as Algebra.Clear).source)) this.#clear(graph);
        return;
      case Algebra.Types.CREATE: {
        const { source } = operation;
        this.#mustBeUser(source);
        if (this.#exists(source))
          throw new FabricError('already-exists', `Graph <${source.value}> exists already`);
        return;
      }
      case Algebra.Types.ADD:
      case Algebra.Types.COPY:
      case Algebra.Types.MOVE:
        this.#transfer(operation);
        return;
      case Algebra.Types.LOAD:
        throw new FabricError(
          'query-unsupported',
          'LOAD is refused: nothing is fetched; send the data instead',
        );
      default:
        throw new FabricError('query-unsupported', `The operation ${operation.type} is not supported`);
    }
  }

  async #deleteInsert(operation: Algebra.DeleteInsert, where: Where | undefined): Promise<void> {
    const removals = operation.delete ?? [];
    const additions = operation.insert ?? [];
    const solutions = operation.where
      ? await this.#solutions(where ?? whereOf(operation.where), [...removals, ...additions])
      : [new Map<string, Term>()];
    const removed: RDF.Quad[] = [];
    const added: RDF.Quad[] = [];
    for (const solution of solutions) {
      const blankNodes = this.#blankNodes.next();
      removed.push(...instantiate(removals, solution, blankNodes));
      added.push(...instantiate(additions, solution, blankNodes));
    }
    for (const q of removed) this.#mustBeUser(q.graph);
    for (const q of added) this.#mustBeUser(q.graph);
    for (const q of removed) this.#overlay.remove(q);
    for (const q of added) this.#overlay.add(q);
  }

  async #solutions(
    where: Where,
    templates: readonly Algebra.Pattern[],
  ): Promise<ReadonlyMap<string, Term>[]> {
    const wanted = new Set(templates.flatMap((pattern) => [...variablesOf(pattern)]));
    const variables = [...wanted].map(variable);
    const selected = (operation: Algebra.Operation): Algebra.Project => ({
      type: Algebra.Types.PROJECT,
      input: operation.type === Algebra.Types.PROJECT ? operation.input : operation,
      variables,
    });
    const parsed: ParsedQuery = {
      kind: 'select',
      operation: selected(where.operation),
      quadOperation: selected(where.quadOperation),
    };
    const { rowsMax, deadlineMs, planMs, now, query } = this.#context;
    if (where.dataset && this.#context.dataset) {
      throw new FabricError(
        'request-invalid',
        'An update with USING or WITH takes no using-graph-uri beside it',
      );
    }
    const dataset = where.dataset ?? this.#context.dataset;
    const result = await query(parsed, this.#overlay, {
      ...(dataset === undefined ? {} : { dataset }),
      ...(rowsMax === undefined ? {} : { rowsMax }),
      ...(planMs === undefined ? {} : { planMs }),
      ...(deadlineMs === undefined ? {} : { deadlineMs: deadlineMs - (now() - this.#started) }),
    });
    if (result.kind !== 'select') throw new Error('A projection answers with solutions');
    return result.rows.map((row) => {
      const solution = new Map<string, Term>();
      row.forEach((term, i) => {
        if (term) solution.set(result.variables[i]!, term);
      });
      return solution;
    });
  }

  /** The user graphs that CLEAR and DROP mean. */
  #graphsOf(target: Target): RDF.Quad_Graph[] {
    if (typeof target !== 'string') {
      this.#mustBeUser(target);
      return [target];
    }
    const graphs: RDF.Quad_Graph[] = target === 'NAMED' ? [] : [defaultGraph()];
    if (target === 'DEFAULT') return graphs;
    const found = this.#overlay.match(ANY, ANY, ANY, NAMED);
    const ids = new Set<number>();
    for (let i = 3; i < found.length; i += 4) ids.add(found[i]!);
    for (const id of ids) {
      const graph = this.#overlay.term(id) as RDF.Quad_Graph;
      if (this.#isUser(graph)) graphs.push(graph);
    }
    return graphs;
  }

  #transfer(operation: Algebra.Add | Algebra.Copy | Algebra.Move): void {
    const graphOf = (target: 'DEFAULT' | RDF.NamedNode): RDF.Quad_Graph =>
      target === 'DEFAULT' ? defaultGraph() : target;
    const source = graphOf(operation.source);
    const destination = graphOf(operation.destination);
    this.#mustBeUser(destination);
    if (operation.type === Algebra.Types.MOVE) this.#mustBeUser(source);
    if (source.termType === 'NamedNode' && !this.#exists(source)) {
      throw new FabricError('not-found', `Graph <${source.value}> does not exist`);
    }
    if (source.equals(destination)) return;
    const moved = this.#quadsIn(source);
    if (operation.type !== Algebra.Types.ADD) this.#clear(destination);
    for (const q of moved) this.#overlay.add(quad(q.subject, q.predicate, q.object, destination));
    if (operation.type === Algebra.Types.MOVE) this.#clear(source);
  }

  #clear(graph: RDF.Quad_Graph): void {
    for (const q of this.#quadsIn(graph)) this.#overlay.remove(q);
  }

  #quadsIn(graph: RDF.Quad_Graph): RDF.Quad[] {
    const id = this.#overlay.find(graph);
    if (id === UNKNOWN) return [];
    const found = this.#overlay.match(ANY, ANY, ANY, id);
    const quads: RDF.Quad[] = [];
    for (let i = 0; i < found.length; i += 4) {
      const [s, p, o] = [found[i]!, found[i + 1]!, found[i + 2]!].map((term) => this.#overlay.term(term));
      quads.push(quad(s as RDF.Quad_Subject, p as RDF.Quad_Predicate, o as RDF.Quad_Object, graph));
    }
    return quads;
  }

  /** A graph is there when it holds a quad: empty graphs are not recorded (section 3.2). */
  #exists(graph: RDF.NamedNode): boolean {
    const id = this.#overlay.find(graph);
    return id !== UNKNOWN && this.#overlay.match(ANY, ANY, ANY, id).length > 0;
  }

  #isUser(graph: RDF.Term): boolean {
    const { graphs } = this.#context;
    return graphs === undefined || graphs.classOf(graph) === 'user';
  }

  #mustBeUser(graph: RDF.Term): void {
    this.#context.graphs?.checkWritable(graph);
  }
}
