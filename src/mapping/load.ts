/**
 * The term engine with the parts that a mapping needs, loaded when it is known: compilers, parsers of formulations
 * and built-in functions take longer to load than a small mapping takes to run.
 */
import type { CheckedMapping } from './check.ts';
import { loadFunctions } from './function/registry.ts';
import type {
  AbstractSource,
  Field,
  FunctionExecution,
  JoinCondition,
  TermMap,
  TriplesMap,
} from './normal-form.ts';
import type { MappingPlan } from './plan.ts';
import { type FormulationName, loadFormulation } from './reference/registry.ts';

/**
 * Compiles a mapping for the term engine, as `compileMapping` does, and loads no more than it needs.
 *
 * @throws FabricError `mapping-invalid`, with line and column where they are known
 */
export async function loadPlan(checked: CheckedMapping): Promise<MappingPlan> {
  const maps = checked.triplesMaps;
  const sources = maps.map(({ source }) => source);
  const names = new Set<FormulationName>(sources.flatMap(formulationsOf));
  const calls = maps.some(callsFunctions) || sources.some(viewCalls);
  const [{ compileChecked }] = await Promise.all([
    import('./compile.ts'),
    ...Array.from(names, loadFormulation),
    ...(calls ? [loadFunctions()] : []),
  ]);
  return compileChecked(checked);
}

function formulationsOf(source: AbstractSource): readonly FormulationName[] {
  if (source.kind === 'source') return [source.formulation.name];
  const parents = source.joins.flatMap(({ parent }) => formulationsOf(parent));
  return [...formulationsOf(source.on), ...source.fields.flatMap(formulationsOfField), ...parents];
}

function formulationsOfField(field: Field): readonly FormulationName[] {
  const own = field.kind === 'iterable' && field.formulation !== undefined ? [field.formulation.name] : [];
  return [...own, ...field.fields.flatMap(formulationsOfField)];
}

function callsFunctions(map: TriplesMap): boolean {
  const parts = map.predicateObjects;
  return (
    termsCall([map.subject, ...map.graphs]) ||
    parts.some(
      ({ predicates, objects, graphs, conditions, references }) =>
        anyOf(conditions) ||
        termsCall([...predicates, ...objects, ...graphs]) ||
        references.some((reference) => joinCalls(reference.conditions)),
    )
  );
}

function viewCalls(source: AbstractSource): boolean {
  if (source.kind === 'source') return false;
  const { on, fields, joins } = source;
  const inJoins = joins.some(
    (join) => viewCalls(join.parent) || joinCalls(join.conditions) || join.fields.some(fieldCalls),
  );
  return inJoins || viewCalls(on) || fields.some(fieldCalls);
}

const fieldCalls = (field: Field): boolean =>
  (field.kind === 'expression' && termCalls(field.expression)) || field.fields.some(fieldCalls);

const joinCalls = (conditions: readonly JoinCondition[]): boolean =>
  conditions.some(({ child, parent }) => termCalls(child) || termCalls(parent));

const anyOf = (conditions: readonly FunctionExecution[]): boolean => conditions.length > 0;

const termsCall = (maps: readonly TermMap[]): boolean => maps.some(termCalls);

function termCalls({ expression, conditions, datatype, language, gather }: TermMap): boolean {
  if (expression.kind === 'function' || anyOf(conditions)) return true;
  const members = gather?.members ?? [];
  return (
    termsCall([datatype, language].filter((map) => map !== undefined)) ||
    members.some(({ kind, map }) => (kind === 'term' ? termCalls(map) : joinCalls(map.conditions)))
  );
}
