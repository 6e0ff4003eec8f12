/**
 * Runs the queries of the policy and reads their answers: a verdict or a score for every element.
 *
 * What a query does not say of an element is not proven; a row that is not satisfied outweighs one that is,
 * unless the file says that one satisfied row is enough.
 */
import type { Json } from '../log/change.ts';
import type { RDF, Term } from '../rdf/terms.ts';
import type { ParsedQuery } from '../sparql/algebra.ts';
import type { QueryResult } from '../sparql/result.ts';
import { booleanOf, valueOf } from '../sparql/value.ts';
import type { GraphView } from '../store/graph-view.ts';
import type { Topology } from '../view/topology.ts';
import type { Application } from './application.ts';
import type { ElementTable } from './element-table.ts';
import { FactView } from './fact-view.ts';
import { factsOf } from './facts.ts';
import type { PolicyParser } from './policy.ts';

/** What placement asks of the SPARQL engine; `SparqlEngine` is one. */
export interface PlacementEngine extends PolicyParser {
  query(parsed: ParsedQuery, view: GraphView, options?: EngineOptions): Promise<QueryResult>;
  querySync(parsed: ParsedQuery, view: GraphView, options?: EngineOptions): QueryResult | undefined;
  premises(
    parsed: ParsedQuery,
    view: GraphView,
    solution: Readonly<Record<string, Term>>,
    options?: EngineOptions,
  ): readonly RDF.Quad[];
}

export interface EngineOptions {
  readonly bindings?: Readonly<Record<string, Term>>;
  readonly entailment?: 'none' | 'fabric';
  readonly deadlineMs?: number;
}

export interface EvaluationContext {
  readonly engine: PlacementEngine;
  /** The state that is judged. */
  readonly snapshot: GraphView;
  /** The same with the facts that hold besides it. */
  readonly view: GraphView;
  readonly elements: ElementTable;
  readonly topology: () => Topology;
  readonly entailment: 'none' | 'fabric';
  /** Time that one query of the policy may take. */
  readonly deadlineMs: number;
}

export const NOT_PROVEN = 0;
export const SATISFIED = 1;
export const VIOLATED = 2;

/** What one application of a constraint says of each element, by its number in the table. */
export interface Judgement {
  readonly application: Application;
  readonly verdicts: Uint8Array;
  readonly observed: readonly (Term | undefined)[];
  /** Where the query gives it itself. */
  readonly required: readonly (Term | undefined)[];
}

/** The snapshot with the facts that an application wants over it. */
export function viewFor(application: Application, context: EvaluationContext): GraphView {
  if (application.facts.length === 0) return context.view;
  const facts = application.facts.flatMap((wanted) => [...factsOf(wanted, context)]);
  return new FactView(context.view, facts);
}

export async function judge(application: Application, context: EvaluationContext): Promise<Judgement> {
  const { size } = context.elements;
  const verdicts = new Uint8Array(size);
  const observed = new Array<Term | undefined>(size).fill(undefined);
  const required = new Array<Term | undefined>(size).fill(undefined);
  const seen = new Uint8Array(size);
  const prevalence = PREVALENCE[application.query.rows];
  for (const [number, value, satisfied, wanted] of await rowsOf(application, context, COLUMNS)) {
    const verdict = verdictOf(satisfied);
    const gain = seen[number] ? prevalence[verdict] - prevalence[verdicts[number]!]! : 1;
    if (gain > 0 || (gain === 0 && isTighter(application, value, observed[number]))) {
      verdicts[number] = verdict;
      observed[number] = value;
      required[number] = wanted;
    }
    seen[number] = 1;
  }
  return { application, verdicts, observed, required };
}

const COLUMNS = ['observed', 'satisfied', 'required'] as const;

/** Which of two rows about one element counts, by verdict: not proven, satisfied, violated. */
const PREVALENCE = { all: [1, 0, 2], any: [0, 2, 1] } as const;

function verdictOf(satisfied: Term | undefined): 0 | 1 | 2 {
  const truth = satisfied === undefined ? undefined : booleanOf(valueOf(satisfied));
  return truth === undefined ? NOT_PROVEN : truth ? SATISFIED : VIOLATED;
}

/** Of several free amounts the smallest counts. */
function isTighter({ amount }: Application, value: Term | undefined, before: Term | undefined): boolean {
  if (amount === undefined || before === undefined || value === undefined) return false;
  return Number(value.value) < Number(before.value);
}

export interface Scores {
  readonly application: Application;
  /** 0..1 by number of the element; NaN where the facts are missing. */
  readonly values: Float64Array;
  /** Scores that lay outside of 0..1. */
  readonly clipped: number;
}

export async function score(application: Application, context: EvaluationContext): Promise<Scores> {
  const values = new Float64Array(context.elements.size).fill(Number.NaN);
  let clipped = 0;
  for (const [number, found] of await rowsOf(application, context, ['score'])) {
    const value = found === undefined ? undefined : valueOf(found);
    if (value?.kind !== 'number' || Number.isNaN(value.number)) continue;
    const within = Math.min(1, Math.max(0, value.number));
    if (within !== value.number) clipped++;
    const before = values[number]!;
    values[number] = Number.isNaN(before) ? within : Math.min(before, within);
  }
  return { application, values, clipped };
}

type Row = readonly [element: number, ...values: (Term | undefined)[]];

/** Rows about elements of the table, with the asked-for variables in order. */
async function rowsOf(
  application: Application,
  context: EvaluationContext,
  names: readonly string[],
): Promise<Row[]> {
  const { elements } = context;
  const result = await solutionsOf(application.query.query, application, context);
  const element = result.variables.indexOf('element');
  const places = names.map((name) => result.variables.indexOf(name));
  const rows: Row[] = [];
  for (const row of result.rows) {
    const subject = row[element];
    const number = subject?.termType === 'NamedNode' ? elements.numberOf(subject.value) : undefined;
    if (number !== undefined) rows.push([number, ...places.map((place) => row[place])]);
  }
  return rows;
}

/** Runs a query with the parameters and facts of an application. */
async function solutionsOf(
  query: ParsedQuery,
  application: Application,
  context: EvaluationContext,
): Promise<Extract<QueryResult, { kind: 'select' }>> {
  const { engine, elements, entailment, deadlineMs } = context;
  const view = viewFor(application, context);
  const only = elements.size === 1 ? { element: elements.term(0) } : {};
  const options = { bindings: { ...application.bindings, ...only }, entailment, deadlineMs };
  const result = engine.querySync(query, view, options) ?? (await engine.query(query, view, options));
  if (result.kind !== 'select') throw new Error(`${application.query.file} did not answer with rows`);
  return result;
}

/** A term in an answer: numbers and booleans as such, IRIs and the rest as text. */
export function jsonOf(term: Term | undefined): Json {
  if (term === undefined) return null;
  const value = valueOf(term);
  if (value.kind === 'number' && Number.isFinite(value.number)) return value.number;
  return value.kind === 'boolean' ? value.boolean : term.value;
}
