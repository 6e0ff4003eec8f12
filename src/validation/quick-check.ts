/**
 * Quick checks: proofs that a property shape finds nothing on a node, without asking the engine.
 *
 * Nearly every record conforms, and most constraints are a datatype, a range, a kind or a count. A quick check
 * may say "surely nothing" or "ask the engine"; it never reports, so that the engine alone decides what is a
 * result. Whatever it does not know well, it leaves to the engine.
 */
import type { RDF } from '../rdf/terms.ts';
import { NS, xsd } from '../rdf/vocab.ts';
import type { QuadIndex } from './quad-index.ts';
import type { ShapeGraph } from './shape-graph.ts';
import { CONSTRAINT_NAMES } from './supported.ts';

/** True when the property shape surely finds nothing on the node. */
export type QuickCheck = (node: RDF.Term, index: QuadIndex) => boolean;

type ValueCheck = (value: RDF.Quad_Object) => boolean;

/** The quick check of a property shape over one predicate; undefined where a constraint is not known here. */
export function quickCheck(graph: ShapeGraph, shape: RDF.Term, predicate: string): QuickCheck | undefined {
  if (graph.has(shape, 'deactivated')) return undefined;
  let countMin = 0;
  let countMax = Number.POSITIVE_INFINITY;
  const checks: ValueCheck[] = [];
  const pairs: string[] = [];
  for (const name of CONSTRAINT_NAMES) {
    const [parameter, ...more] = graph.values(shape, name);
    if (!parameter) continue;
    if (more.length > 0) return undefined;
    if (name === 'minCount') countMin = Number(parameter.value);
    else if (name === 'maxCount') countMax = Number(parameter.value);
    else if (name === 'lessThanOrEquals') pairs.push(parameter.value);
    else {
      const check = valueCheck(name, parameter, graph, shape);
      if (!check) return undefined;
      checks.push(check);
    }
  }
  // the same value may stand in several graphs and then counts once, so higher counts are the engine's
  if (countMin > 1) return undefined;
  return (node, index) => {
    const quads = index.quadsOf(node, predicate);
    if (quads.length < countMin || quads.length > countMax) return false;
    return quads.every(
      ({ object }) =>
        checks.every((check) => check(object)) &&
        pairs.every((other) => index.quadsOf(node, other).every((q) => isAtMost(object, q.object))),
    );
  };
}

function valueCheck(
  name: string,
  parameter: RDF.Quad_Object,
  graph: ShapeGraph,
  shape: RDF.Term,
): ValueCheck | undefined {
  switch (name) {
    case 'datatype':
      return datatypeCheck(parameter.value);
    case 'nodeKind':
      return KIND_CHECKS[parameter.value.slice(NS.sh.length)];
    case 'minInclusive':
      return boundCheck(parameter, (value, bound) => value >= bound);
    case 'minExclusive':
      return boundCheck(parameter, (value, bound) => value > bound);
    case 'maxInclusive':
      return boundCheck(parameter, (value, bound) => value <= bound);
    case 'maxExclusive':
      return boundCheck(parameter, (value, bound) => value < bound);
    case 'minLength':
      return lengthCheck((length) => length >= Number(parameter.value));
    case 'maxLength':
      return lengthCheck((length) => length <= Number(parameter.value));
    case 'pattern': {
      if (graph.has(shape, 'flags')) return undefined;
      const pattern = new RegExp(parameter.value);
      return (value) => value.termType !== 'BlankNode' && pattern.test(value.value);
    }
    case 'in': {
      const allowed = graph.list(parameter, shape, name);
      return (value) => allowed.some((term) => term.equals(value));
    }
    default:
      return undefined;
  }
}

const KIND_CHECKS: Readonly<Record<string, ValueCheck>> = {
  IRI: ({ termType }) => termType === 'NamedNode',
  Literal: ({ termType }) => termType === 'Literal',
  BlankNodeOrIRI: ({ termType }) => termType !== 'Literal',
  IRIOrLiteral: ({ termType }) => termType !== 'BlankNode',
};

/** Lexical forms that are surely of the datatype; a rarer form goes to the engine. */
const LEXICAL: ReadonlyMap<string, RegExp> = new Map([
  [xsd.string.value, /^/],
  [xsd.boolean.value, /^(true|false)$/],
  [xsd.integer.value, /^-?\d+$/],
  [xsd.decimal.value, /^-?\d+(\.\d+)?$/],
  [xsd.float.value, /^-?\d+(\.\d+)?(E-?\d+)?$/],
  [xsd.double.value, /^-?\d+(\.\d+)?(E-?\d+)?$/],
  [
    xsd.dateTime.value,
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/,
  ],
  [`${NS.geo}wktLiteral`, /^/],
]);

const NUMERIC = new Set([xsd.integer, xsd.decimal, xsd.float, xsd.double].map(({ value }) => value));

function datatypeCheck(datatype: string): ValueCheck | undefined {
  const lexical = LEXICAL.get(datatype);
  if (!lexical) return undefined;
  return (value) =>
    value.termType === 'Literal' && value.datatype.value === datatype && lexical.test(value.value);
}

/** Characters up to which a decimal number and its binary neighbour cannot be confused. */
const EXACT_LENGTH_MAX = 15;
/** Longer numbers are told apart only when they differ by more than this share of the greater one. */
const APART_RATIO = 1e-9;

interface Numeral {
  readonly value: number;
  readonly exact: boolean;
}

/** The number that a literal stands for; undefined where it may be none. */
function numeral(term: RDF.Term): Numeral | undefined {
  if (term.termType !== 'Literal' || !NUMERIC.has(term.datatype.value)) return undefined;
  if (!LEXICAL.get(term.datatype.value)!.test(term.value)) return undefined;
  return { value: Number(term.value), exact: term.value.length <= EXACT_LENGTH_MAX };
}

/** Whether the order of two numbers is beyond doubt. */
function areComparable(a: Numeral, b: Numeral): boolean {
  if (a.exact && b.exact) return true;
  const difference = Math.abs(a.value - b.value);
  return difference > APART_RATIO * Math.max(Math.abs(a.value), Math.abs(b.value));
}

function boundCheck(
  parameter: RDF.Quad_Object,
  holds: (value: number, bound: number) => boolean,
): ValueCheck | undefined {
  const bound = numeral(parameter);
  if (!bound) return undefined;
  return (term) => {
    const number = numeral(term);
    return number !== undefined && areComparable(number, bound) && holds(number.value, bound.value);
  };
}

function isAtMost(term: RDF.Term, other: RDF.Term): boolean {
  const [left, right] = [numeral(term), numeral(other)];
  return left !== undefined && right !== undefined && areComparable(left, right) && left.value <= right.value;
}

function lengthCheck(holds: (length: number) => boolean): ValueCheck {
  return (value) => value.termType !== 'BlankNode' && holds(value.value.length);
}
