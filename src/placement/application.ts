/**
 * Which constraints and objectives a request brings into play, and with which parameters.
 *
 * A query whose parameter the request does not give is not applied. Two components that ask for the same
 * thing share one application, which is evaluated once.
 */

import type { Json } from '../log/change.ts';
import { literal, namedNode, type RDF, type Term, typed } from '../rdf/terms.ts';
import { isAbsoluteIri } from './enumerations.ts';
import type { ParameterHeader } from './header.ts';
import type { PolicyQuery } from './policy.ts';
import type { Requirements } from './request.ts';

/** Values that paths of a header lead into. */
export interface RequestScope {
  readonly requirements: Requirements;
  readonly request: {
    /** ISO 8601, UTC. */
    readonly now: string;
    /** The oldest report that still counts as fresh; absent where freshness does not matter. */
    readonly freshAfter?: string;
  };
}

/** Facts to lay over the snapshot, computed from a value of the request. */
export interface FactsWanted {
  readonly predicate: RDF.NamedNode;
  readonly value: unknown;
}

export interface Application {
  readonly query: PolicyQuery;
  /** Equal for equal applications. */
  readonly key: string;
  readonly bindings: Readonly<Record<string, Term>>;
  readonly facts: readonly FactsWanted[];
  /** What the request asks for, for answers. */
  readonly required: Json;
  /** For a constraint that claims: how much. */
  readonly amount?: number;
}

/** The applications of `queries` that the request asks for. */
export function applicationsOf(queries: readonly PolicyQuery[], scope: RequestScope): Application[] {
  return queries.flatMap((query) => {
    if (!query.each) return one(query, scope, undefined);
    const items = valueAt(scope, query.each);
    if (items === undefined || items === null) return [];
    return (Array.isArray(items) ? (items as unknown[]) : [items]).flatMap((item) => one(query, scope, item));
  });
}

function one(query: PolicyQuery, scope: RequestScope, item: unknown): Application[] {
  const root = { ...scope, item };
  const bindings: Record<string, Term> = {};
  const shown: unknown[] = [];
  let amount: number | undefined;
  for (const parameter of query.params) {
    const value = valueAt(root, parameter.path);
    if (value === undefined || value === null) return [];
    bindings[parameter.variable] = termOf(value, parameter);
    shown.push(value);
    if (typeof value === 'number') amount = value;
  }
  const facts: FactsWanted[] = [];
  for (const { predicate, path } of query.facts) {
    const value = valueAt(root, path);
    if (value === undefined || value === null) return [];
    facts.push({ predicate: namedNode(predicate), value });
    shown.push(value);
  }
  const required = (
    shown.length === 1 ? shown[0] : shown.length === 0 ? true : requiredOf(query, item, shown)
  ) as Json;
  const key = JSON.stringify([query.iri, shown]);
  const claim = query.claims === undefined || amount === undefined ? {} : { amount };
  return [{ query, key, bindings, facts, required, ...claim }];
}

/** Several values are shown as the item of the request that they come from, or under their names. */
function requiredOf(query: PolicyQuery, item: unknown, shown: readonly unknown[]): unknown {
  if (item !== undefined) return item;
  const names = [
    ...query.params.map(({ variable }) => variable),
    ...query.facts.map(({ path }) => path.at(-1)!),
  ];
  return Object.fromEntries(names.map((name, index) => [name, shown[index]]));
}

function valueAt(root: object, path: readonly string[]): unknown {
  let value: unknown = root;
  for (const member of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[member];
  }
  return value;
}

function termOf(value: unknown, { type }: ParameterHeader): Term {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  switch (type ?? typeof value) {
    case 'iri':
      return namedNode(text);
    case 'number':
      return typed(decimalText(value as number), Number.isInteger(value) ? 'integer' : 'decimal');
    case 'integer':
    case 'decimal':
      return typed(decimalText(Number(value)), type as 'integer' | 'decimal');
    case 'boolean':
      return typed(text, 'boolean');
    case 'dateTime':
      return typed(text, 'dateTime');
    default:
      return literal(text);
  }
}

/** A value of a list of the request as a term: IRIs as such, the rest as literals. */
export function termOfValue(value: unknown): Term {
  if (typeof value === 'number')
    return typed(decimalText(value), Number.isInteger(value) ? 'integer' : 'decimal');
  if (typeof value === 'boolean') return typed(value, 'boolean');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return isAbsoluteIri(text) ? namedNode(text) : literal(text);
}

/** Without an exponent, as xsd:decimal has it. */
export function decimalText(value: number): string {
  const text = String(value);
  return /e/.test(text)
    ? value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
    : text;
}
