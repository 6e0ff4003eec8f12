/**
 * A mapping in its normal form, checked as far as that goes without an engine: what each engine starts from.
 *
 * It loads no engine. What an engine alone can tell, such as a reference that its formulation cannot read, the byte
 * engine leaves to the term engine, which refuses it when it compiles.
 */
import { withFunctions } from './function/registry.ts';
import type { AbstractSource, LogicalSource, TermMap, TriplesMap } from './normal-form.ts';
import { parseMapping } from './parse/mapping.ts';
import type { CompileOptions } from './plan.ts';
import type { Diagnostic } from './record.ts';
import { refuseImpossibleJoins, warningsOf } from './static-checks.ts';

export interface CheckedMapping {
  /** Name of the document, for messages. */
  readonly name: string;
  /** Whether the mapping is written in the vocabulary before `http://w3id.org/rml/`. */
  readonly legacy: boolean;
  readonly sources: readonly LogicalSource[];
  /** The normal form. */
  readonly triplesMaps: readonly TriplesMap[];
  /** Classes that the mapping states as constants, for checks against an ontology. */
  readonly classes: readonly string[];
  /** Predicates that the mapping states as constants. */
  readonly predicates: readonly string[];
  /** What is allowed and hardly meant; told before any data are read. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads a mapping document and checks it.
 *
 * @throws FabricError `syntax-error` or `mapping-invalid`, both with line and column where they are known
 */
export function checkMapping(text: string, options: CompileOptions): CheckedMapping {
  const { name, baseIRI, syntax } = options;
  const functions = withFunctions(options.functions ?? []);
  const unused: Diagnostic[] = [];
  const document = { text, name, baseIRI, syntax, functions };
  const maps = parseMapping(document, (warning) => unused.push(warning));
  const checked = checkTriplesMaps(maps, name);
  return { ...checked, warnings: [...unused, ...checked.warnings] };
}

/**
 * Checks triples maps that were parsed before: those of several documents run as one mapping.
 *
 * @param name  of the whole, for messages
 * @throws FabricError `mapping-invalid`
 */
export function checkTriplesMaps(maps: readonly TriplesMap[], name: string): CheckedMapping {
  refuseImpossibleJoins(maps);
  const parts = maps.flatMap(({ predicateObjects }) => predicateObjects);
  return {
    name,
    legacy: maps.some((map) => map.legacy),
    sources: distinctSources(maps.flatMap((map) => basesOf(map.source))),
    triplesMaps: maps,
    classes: distinct(maps.flatMap(classesOf)),
    predicates: distinct(parts.flatMap(({ predicates }) => constants(predicates))),
    warnings: warningsOf(maps, name),
  };
}

/** All that is read for a source: what it stands on, and what the joins of views look into. */
function basesOf(source: AbstractSource): readonly LogicalSource[] {
  if (source.kind === 'source') return [source];
  return [...basesOf(source.on), ...source.joins.flatMap(({ parent }) => basesOf(parent))];
}

/** Sources with the same id are one, under all names that it has. */
function distinctSources(sources: readonly LogicalSource[]): readonly LogicalSource[] {
  return Array.from(Map.groupBy(sources, ({ id }) => id).values(), (same) => {
    const names = distinct(same.flatMap((source) => source.names));
    return names.length === same[0]!.names.length ? same[0]! : { ...same[0]!, names };
  });
}

const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

/** Classes by `rml:class`, and constant objects of a constant `rdf:type`. */
function classesOf(map: TriplesMap): string[] {
  const typing = map.predicateObjects.filter((part) => constants(part.predicates).includes(RDF_TYPE));
  return [...map.classes.map((term) => term.value), ...typing.flatMap((part) => constants(part.objects))];
}

const constants = (maps: readonly TermMap[]): string[] =>
  maps.flatMap(({ expression }) => (expression.kind === 'constant' ? [expression.term.value] : []));

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
