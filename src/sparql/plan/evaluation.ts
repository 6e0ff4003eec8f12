/**
 * What one evaluation of a plan carries along: the view, the terms it makes itself, and its deadline.
 */
import { FabricError } from '../../errors.ts';
import { type RDF, type Term, termKey } from '../../rdf/terms.ts';
import { ANY, firstIdOf, type GraphView, NAMED, type TermId, UNKNOWN } from '../../store/graph-view.ts';
import { termOf, type Value, valueOf } from '../value.ts';

export interface EvaluationOptions {
  /** The one time that `NOW()` gives. */
  readonly queryTime: Term;
  /** Called now and then; throws when the time of the query is over. */
  readonly checkDeadline: () => void;
  /** Most rows that a step may hold in memory. */
  readonly rowsMax: number;
  /** Whether all quads of a subject cost as much as those of one property: not so with entailment. */
  readonly wholeSubjects: boolean;
}

/** Pattern matches between two looks at the clock. */
const TICKS_PER_LOOK = 4096;

export class Evaluation {
  readonly view: GraphView;
  readonly queryTime: Term;
  readonly rowsMax: number;
  readonly wholeSubjects: boolean;
  /** Counts of patterns, kept while the plan is made. */
  readonly counts = new Map<object, number>();
  readonly #checkDeadline: () => void;
  readonly #firstId: TermId;
  readonly #ids = new Map<string, TermId>();
  readonly #terms: Term[] = [];
  readonly #values = new Map<TermId, Value>();
  #namedGraphs: ReadonlySet<TermId> | undefined;
  #ticks = 0;

  constructor(view: GraphView, options: EvaluationOptions) {
    this.view = view;
    this.queryTime = options.queryTime;
    this.rowsMax = options.rowsMax;
    this.wholeSubjects = options.wholeSubjects;
    this.#checkDeadline = options.checkDeadline;
    this.#firstId = firstIdOf(view.level + 1);
  }

  /** The id of a term, of the view where it has one. */
  idOf(term: RDF.Term): TermId {
    const known = this.view.find(term);
    if (known !== UNKNOWN) return known;
    const key = termKey(term);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#firstId - this.#terms.length;
      this.#ids.set(key, id);
      this.#terms.push(term as Term);
    }
    return id;
  }

  term(id: TermId): Term {
    return id > this.#firstId ? this.view.term(id) : this.#terms[this.#firstId - id]!;
  }

  value(id: TermId): Value {
    let value = this.#values.get(id);
    if (!value) {
      value = valueOf(this.term(id));
      this.#values.set(id, value);
    }
    return value;
  }

  idOfValue(value: Value): TermId {
    return this.idOf(termOf(value));
  }

  /** The named graphs that hold a quad, found once. */
  namedGraphs(): ReadonlySet<TermId> {
    if (!this.#namedGraphs) {
      const found = this.view.match(ANY, ANY, ANY, NAMED);
      this.tick(found.length >> 2);
      const graphs = new Set<TermId>();
      for (let i = 3; i < found.length; i += 4) graphs.add(found[i]!);
      this.#namedGraphs = graphs;
    }
    return this.#namedGraphs;
  }

  /** The subjects and objects of a graph: what a path of length zero connects to itself. */
  nodes(graph: TermId): ReadonlySet<TermId> {
    const found = this.view.match(ANY, ANY, ANY, graph);
    this.tick(found.length >> 2);
    const nodes = new Set<TermId>();
    for (let i = 0; i < found.length; i += 4) nodes.add(found[i]!).add(found[i + 2]!);
    return nodes;
  }

  tick(count: number): void {
    this.#ticks += count + 1;
    if (this.#ticks < TICKS_PER_LOOK) return;
    this.#ticks = 0;
    this.#checkDeadline();
  }

  /** @throws FabricError `query-too-large` */
  checkRows(rows: number): void {
    if (rows > this.rowsMax) {
      throw new FabricError('query-too-large', `The query has more than ${this.rowsMax} solutions`, {
        extensions: { limit: 'query.rowsMax' },
      });
    }
  }
}
