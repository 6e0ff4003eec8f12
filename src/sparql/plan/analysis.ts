/**
 * What can be known of an operation without running it: the variables it binds, and those it mentions.
 */
import type { RDF } from '../../rdf/terms.ts';
import { Algebra } from '../algebra.ts';
import { type Bindings, bothBound, isVariable, NOTHING_BOUND, union } from './scope.ts';

const known = new WeakMap<Algebra.Operation, Bindings>();

/** The variables that `operation` binds in every solution, and in some. */
export function bindingsOf(operation: Algebra.Operation): Bindings {
  let bindings = known.get(operation);
  if (!bindings) {
    bindings = analyse(operation);
    known.set(operation, bindings);
  }
  return bindings;
}

function analyse(operation: Algebra.Operation): Bindings {
  switch (operation.type) {
    case Algebra.Types.BGP:
      return certainly(operation.patterns.flatMap(termsOf));
    case Algebra.Types.PATTERN:
      return certainly(termsOf(operation));
    case Algebra.Types.PATH: {
      const { subject, object, graph } = operation;
      return certainly([subject, object, graph]);
    }
    case Algebra.Types.JOIN:
      return operation.input.map(bindingsOf).reduce(bothBound, NOTHING_BOUND);
    case Algebra.Types.LEFT_JOIN: {
      const [left, right] = operation.input.map(bindingsOf) as [Bindings, Bindings];
      return { certain: left.certain, possible: union(left.possible, right.possible) };
    }
    case Algebra.Types.MINUS:
      return bindingsOf(operation.input[0]);
    case Algebra.Types.UNION:
      return alternatives(operation.input.map(bindingsOf));
    case Algebra.Types.GRAPH: {
      const { input, name } = operation;
      return bothBound(bindingsOf(input), certainly([name]));
    }
    case Algebra.Types.EXTEND: {
      const { input, variable } = operation;
      const bindings = bindingsOf(input);
      return { certain: bindings.certain, possible: union(bindings.possible, new Set([variable.value])) };
    }
    case Algebra.Types.VALUES: {
      const { variables, bindings } = operation;
      const names = variables.map((variable) => variable.value);
      return {
        certain: new Set(names.filter((name) => bindings.every((row) => name in row))),
        possible: new Set(names),
      };
    }
    case Algebra.Types.GROUP: {
      const { input, variables, aggregates } = operation;
      const names = variables.map((variable) => variable.value);
      const { certain } = bindingsOf(input);
      return {
        certain: new Set(names.filter((name) => certain.has(name))),
        possible: new Set([...names, ...aggregates.map((aggregate) => aggregate.variable.value)]),
      };
    }
    case Algebra.Types.PROJECT: {
      const { input, variables } = operation;
      const { certain, possible } = bindingsOf(input);
      const names = variables.map((variable) => variable.value);
      return {
        certain: new Set(names.filter((name) => certain.has(name))),
        possible: new Set(names.filter((name) => possible.has(name))),
      };
    }
    case Algebra.Types.FILTER:
    case Algebra.Types.DISTINCT:
    case Algebra.Types.REDUCED:
    case Algebra.Types.ORDER_BY:
    case Algebra.Types.SLICE:
    case Algebra.Types.FROM:
      return bindingsOf((operation as Algebra.Single).input);
    default:
      return NOTHING_BOUND;
  }
}

const termsOf = (pattern: Algebra.Pattern): RDF.Term[] => [
  pattern.subject,
  pattern.predicate,
  pattern.object,
  pattern.graph,
];

function certainly(terms: readonly RDF.Term[]): Bindings {
  const names = new Set(terms.filter(isVariable).map((variable) => variable.value));
  return { certain: names, possible: names };
}

function alternatives(branches: readonly Bindings[]): Bindings {
  const [first, ...rest] = branches;
  if (!first) return NOTHING_BOUND;
  return {
    certain: new Set([...first.certain].filter((name) => rest.every((branch) => branch.certain.has(name)))),
    possible: union(...branches.map((branch) => branch.possible)),
  };
}

const mentioned = new WeakMap<object, ReadonlySet<string>>();

/** Every variable that an operation or expression can see or bind; those inside a subquery that it does not project are its own. */
export function variablesOf(part: Algebra.Operation): ReadonlySet<string> {
  let names = mentioned.get(part);
  if (!names) {
    const found = new Set<string>();
    collect(part, found);
    names = found;
    mentioned.set(part, names);
  }
  return names;
}

function collect(node: unknown, into: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) collect(item, into);
    return;
  }
  const { termType, value, type } = node as { termType?: string; value?: string; type?: string };
  if (termType !== undefined && type !== 'pattern') {
    if (termType === 'Variable') into.add(value!);
    return;
  }
  if (type === 'pattern') {
    for (const term of termsOf(node as Algebra.Pattern)) if (isVariable(term)) into.add(term.value);
    return;
  }
  if (type === 'project') {
    for (const variable of (node as Algebra.Project).variables) into.add(variable.value);
    return;
  }
  for (const [key, inner] of Object.entries(node)) if (key !== 'metadata') collect(inner, into);
}
