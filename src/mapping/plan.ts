/**
 * A mapping as a plan: checked, compiled, and grouped so that each source is read once.
 *
 * A plan is immutable and holds no data. It may be used for any number of runs.
 */

import { messageOf } from '../errors.ts';
import type { Join } from './execute/join.ts';
import { baseOf } from './execute/reader.ts';
import { compileRule, type Rule } from './execute/rule.ts';
import type { LogicalSource, TermMap, TriplesMap } from './normal-form.ts';
import { parseMapping } from './parse/mapping.ts';
import type { Formulation, Iterate } from './reference/formulation.ts';
import { FORMULATIONS } from './reference/registry.ts';

export type { LogicalSource } from './normal-form.ts';

/** The rules of one logical source. */
export interface SourceRules {
  readonly source: LogicalSource;
  readonly formulation: Formulation;
  readonly iterate: Iterate;
  readonly rules: readonly Rule[];
}

export interface MappingPlan {
  /** Name of the document, for messages. */
  readonly name: string;
  /** Whether the mapping is written in the vocabulary before `http://w3id.org/rml/`. */
  readonly legacy: boolean;
  readonly sources: readonly LogicalSource[];
  /** The normal form that all this was compiled from. */
  readonly triplesMaps: readonly TriplesMap[];
  /** Classes that the mapping states as constants, for checks against an ontology. */
  readonly classes: readonly string[];
  /** Predicates that the mapping states as constants. */
  readonly predicates: readonly string[];
  readonly groups: readonly SourceRules[];
  readonly joins: readonly Join[];
}

export interface CompileOptions {
  /** Name of the document, for messages. */
  readonly name: string;
  /** What relative IRIs are put behind, unless a triples map has an `rml:baseIRI`. */
  readonly baseIRI?: string;
}

/**
 * Compiles a mapping document in Turtle: RML-Core with the file part of RML-IO, or legacy RML.
 *
 * @throws FabricError `syntax-error` or `mapping-invalid`, both with line and column where they are known
 */
export function compileMapping(text: string, options: CompileOptions): MappingPlan {
  const maps = parseMapping({ text, name: options.name, baseIRI: options.baseIRI });
  const rules = maps.map((_, index) => compileRule(maps, index));
  const sources = new Map(maps.map((map) => [map.source.id, baseOf(map.source)]));
  const groups = Array.from(sources.values(), (source): SourceRules => {
    const formulation = FORMULATIONS[source.formulation.name];
    const own = maps.flatMap((map, index) => (map.source.id === source.id ? [index] : []));
    const iterate = compileIterator(formulation, source, maps[own[0]!]!);
    return { source, formulation, iterate, rules: own.map((index) => rules[index]!) };
  });
  return {
    name: options.name,
    legacy: maps.some((map) => map.legacy),
    sources: [...sources.values()],
    triplesMaps: maps,
    classes: distinct(maps.flatMap(classesOf)),
    predicates: distinct(
      maps.flatMap((map) => map.predicateObjects.flatMap((part) => constants(part.predicates))),
    ),
    groups,
    joins: rules.flatMap((rule) => rule.joins),
  };
}

function compileIterator(formulation: Formulation, source: LogicalSource, map: TriplesMap): Iterate {
  try {
    return formulation.compileIterator(source.iterator, source.formulation);
  } catch (thrown) {
    return map.place.refuse(`has the iterator "${source.iterator}": ${messageOf(thrown)}`, 'logicalSource');
  }
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
