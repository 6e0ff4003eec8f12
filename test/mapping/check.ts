/**
 * The one way in which tests run mappings: a mapping and texts in, N-Quads out.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import type { FunctionDescription } from '../../src/mapping/function/function.ts';
import { runMapping } from '../../src/mapping/map.ts';
import { compileMapping, type LogicalSource } from '../../src/mapping/plan.ts';
import type { Diagnostic } from '../../src/mapping/record.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { textData } from '../text-data.ts';

export const PREFIXES = `
@prefix rml: <http://w3id.org/rml/> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix old: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix fno: <https://w3id.org/function/ontology#> .
@prefix fnml: <http://semweb.mmlab.be/ns/fnml#> .
@prefix grel: <http://users.ugent.be/~bjdmeest/function/grel.ttl#> .
@prefix idlab: <https://w3id.org/imec/idlab/function#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://ex.org/> .
`;

export interface MappingInput {
  /** Turtle; {@link PREFIXES} are put in front. */
  readonly mapping: string;
  /** Texts by location, or their chunks. */
  readonly sources: Readonly<Record<string, string | readonly string[]>>;
  readonly strict?: boolean;
  readonly baseIRI?: string;
  /** Functions beside the built-in ones. */
  readonly functions?: readonly FunctionDescription[];
}

export interface Mapped {
  readonly quads: readonly RDF.Quad[];
  readonly diagnostics: readonly Diagnostic[];
  /** Locations in the order in which they were opened. */
  readonly opened: readonly string[];
}

export async function runInput({
  mapping,
  sources,
  strict = true,
  baseIRI,
  functions = [],
}: MappingInput): Promise<Mapped> {
  const plan = compileMapping(PREFIXES + mapping, {
    name: 'test.ttl',
    functions,
    ...(baseIRI === undefined ? {} : { baseIRI }),
  });
  const diagnostics: Diagnostic[] = [];
  const opened: string[] = [];
  const open = ({ location = '' }: LogicalSource): SourceData => {
    opened.push(location);
    const text = sources[location];
    if (text === undefined) throw new FabricError('not-found', `There is no "${location}"`);
    return textData(text);
  };
  const quads: RDF.Quad[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  for await (const quad of runMapping(plan, { open }, { strict, onDiagnostic })) quads.push(quad);
  return { quads, diagnostics, opened };
}

export interface MappingCase extends MappingInput {
  /** N-Quads or TriG without prefixes but {@link PREFIXES}. */
  readonly expected: string;
  /** Codes of the diagnostics, in order; none unless told otherwise. */
  readonly codes?: readonly string[];
}

/** Runs a mapping and compares graph, diagnostics, and that no quad comes twice. */
export async function checkMapping(input: MappingCase): Promise<void> {
  const { quads, diagnostics } = await runInput(input);
  const wanted = parseTurtleFamily(PREFIXES + input.expected, { format: 'trig' }).quads;
  equal(await canonicalNQuads(quads), await canonicalNQuads(wanted));
  equal(quads.length, wanted.length, 'a quad came twice');
  deepEqual(
    diagnostics.map(({ code }) => code),
    input.codes ?? [],
  );
}

export interface Refusal {
  readonly type: string;
  /** A part of the message. */
  readonly message: RegExp;
  readonly line?: number;
  readonly column?: number;
}

/** Runs something that has to be refused; lines count in the mapping as it is passed, prefixes not included. */
export async function checkRefusal(
  input: MappingInput,
  refusal: Refusal,
  lineOffset = PREFIX_LINES,
): Promise<void> {
  const thrown = await runInput(input).then(
    () => new Error('Nothing was refused'),
    (error: unknown) => error as Error,
  );
  if (!(thrown instanceof FabricError)) throw thrown;
  equal(thrown.type, refusal.type);
  equal(refusal.message.test(thrown.message), true, `unexpected message: ${thrown.message}`);
  if (refusal.line !== undefined) equal((thrown.location?.line ?? 0) - lineOffset, refusal.line, 'line');
  if (refusal.column !== undefined) equal(thrown.location?.column, refusal.column, 'column');
}

const PREFIX_LINES = PREFIXES.split('\n').length - 1;

/** A triples map over a source, for tests about one term map: `people.json`, iterator `$[*]`. */
export const jsonMap = (objectMap: string, more = ''): string => `
ex:map a rml:TriplesMap ;
  rml:logicalSource [ rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ${more} ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ ${objectMap} ] ] .
`;

/** The same over the columns of `people.csv`. */
export const csvMap = (objectMap: string, source = '"people.csv"'): string => `
ex:map a rml:TriplesMap ;
  rml:logicalSource [ rml:source ${source} ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ ${objectMap} ] ] .
`;
