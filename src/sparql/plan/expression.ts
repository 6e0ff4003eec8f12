/**
 * Expressions as closures over rows: SPARQL 1.1 section 17, the functions that filters of the continuum use.
 *
 * An error of an expression is undefined. A function that is not in the table is not covered, and the whole
 * query goes to the general engine; nothing is approximated.
 */
import type { Term } from '../../rdf/terms.ts';
import { Algebra } from '../algebra.ts';
import { booleanOf, booleanValue, equalValues, type Value, valueOf } from '../value.ts';
import { castTo } from './cast.ts';
import type { Evaluation } from './evaluation.ts';
import { FUNCTIONS, type Strict } from './functions.ts';
import { NotCovered, type Row, type Scope, UNBOUND } from './scope.ts';

/** Gives the value of an expression for a row; undefined is an error. */
export type Expression = (row: Row, evaluation: Evaluation) => Value | undefined;

/** Compiles the operand of EXISTS; handed in, because it is a whole pattern. */
export type CompileExists = (input: Algebra.Operation) => (row: Row, evaluation: Evaluation) => boolean;

export function compileExpression(
  expression: Algebra.Expression,
  scope: Scope,
  exists: CompileExists,
): Expression {
  const compile = (inner: Algebra.Expression): Expression => compileExpression(inner, scope, exists);
  switch (expression.subType) {
    case Algebra.ExpressionTypes.TERM:
      return compileTerm(expression.term as Term, scope);
    case Algebra.ExpressionTypes.EXISTENCE: {
      const { input, not } = expression;
      const test = exists(input);
      return (row, evaluation) => booleanValue(test(row, evaluation) !== not);
    }
    case Algebra.ExpressionTypes.NAMED: {
      const { name, args } = expression;
      const cast = args.length === 1 ? castTo(name.value) : undefined;
      if (!cast) throw new NotCovered(`function <${name.value}>`);
      return applyStrict(cast, args.map(compile));
    }
    case Algebra.ExpressionTypes.OPERATOR: {
      const { operator, args } = expression;
      if (operator === 'bound') return compileBound(args[0]!, scope);
      return compileOperator(operator.toLowerCase(), args.map(compile));
    }
    default:
      throw new NotCovered(`expression ${expression.subType}`);
  }
}

function compileTerm(term: Term | { termType: 'Variable'; value: string }, scope: Scope): Expression {
  if (term.termType === 'Variable') {
    const slot = scope.slot(term.value);
    return (row, evaluation) => (row[slot] === UNBOUND ? undefined : evaluation.value(row[slot]!));
  }
  const value = valueOf(term);
  return () => value;
}

function compileBound(argument: Algebra.Expression, scope: Scope): Expression {
  const slot = scope.slot((argument as Algebra.TermExpression).term.value);
  return (row) => booleanValue(row[slot] !== UNBOUND);
}

/** Operators that see their operands unevaluated, because an error in one need not be one of the whole. */
const SPECIAL: Readonly<Record<string, (args: readonly Expression[]) => Expression>> = {
  '&&':
    ([left, right]) =>
    (row, evaluation) => {
      const a = booleanOf(left!(row, evaluation));
      if (a === false) return booleanValue(false);
      const b = booleanOf(right!(row, evaluation));
      if (b === false) return booleanValue(false);
      return a === undefined || b === undefined ? undefined : booleanValue(true);
    },
  '||':
    ([left, right]) =>
    (row, evaluation) => {
      const a = booleanOf(left!(row, evaluation));
      if (a === true) return booleanValue(true);
      const b = booleanOf(right!(row, evaluation));
      if (b === true) return booleanValue(true);
      return a === undefined || b === undefined ? undefined : booleanValue(false);
    },
  if:
    ([condition, yes, no]) =>
    (row, evaluation) => {
      const test = booleanOf(condition!(row, evaluation));
      return test === undefined ? undefined : test ? yes!(row, evaluation) : no!(row, evaluation);
    },
  coalesce: (args) => (row, evaluation) => {
    for (const arg of args) {
      const value = arg(row, evaluation);
      if (value) return value;
    }
    return undefined;
  },
  in: ([needle, ...items]) => membership(needle!, items, true),
  notin: ([needle, ...items]) => membership(needle!, items, false),
  now: () => (_row, evaluation) => valueOf(evaluation.queryTime),
};

/** `IN` is a chain of `=` joined by `||`, errors included. */
function membership(needle: Expression, items: readonly Expression[], inside: boolean): Expression {
  return (row, evaluation) => {
    const value = needle(row, evaluation);
    if (!value) return undefined;
    let failed = false;
    for (const item of items) {
      const other = item(row, evaluation);
      const equal = other && equalValues(value, other);
      if (equal === true) return booleanValue(inside);
      if (equal === undefined) failed = true;
    }
    return failed ? undefined : booleanValue(!inside);
  };
}

const ARITY: Readonly<Record<string, number>> = { if: 3, now: 0 };

function compileOperator(operator: string, args: readonly Expression[]): Expression {
  const special = SPECIAL[operator];
  if (special) {
    const arity = ARITY[operator];
    if (arity !== undefined && arity !== args.length) throw new NotCovered(`${operator} of ${args.length}`);
    return special(args);
  }
  const strict = FUNCTIONS[operator];
  if (!strict || (args.length === 0 && operator !== 'concat'))
    throw new NotCovered(`function ${operator} of ${args.length}`);
  return applyStrict(strict, args);
}

/** An operand in error makes an error of the whole. */
function applyStrict(work: Strict, args: readonly Expression[]): Expression {
  if (args.length === 1) {
    const [only] = args;
    return (row, evaluation) => {
      const a = only!(row, evaluation);
      return a && work(a);
    };
  }
  if (args.length === 2) {
    const [left, right] = args;
    return (row, evaluation) => {
      const a = left!(row, evaluation);
      if (!a) return undefined;
      const b = right!(row, evaluation);
      return b && work(a, b);
    };
  }
  return (row, evaluation) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(row, evaluation);
      if (!value) return undefined;
      values.push(value);
    }
    return work(...values);
  };
}
