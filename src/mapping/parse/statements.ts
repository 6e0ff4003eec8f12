/**
 * A mapping document as statements, whatever it is written in: what the graph of a mapping is made of.
 *
 * Every syntax has one reader that makes this. Readers know their syntax and nothing of what a mapping means.
 */
import { FabricError } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { FunctionRegistry } from '../function/registry.ts';
import type { Position, Positions } from './positions.ts';

export interface MappingText {
  readonly text: string;
  /** Name of the document in messages. */
  readonly name: string;
  readonly baseIRI: string | undefined;
  /** Turtle unless told otherwise. */
  readonly syntax?: MappingSyntax | undefined;
  /** What it may call; the built-in functions unless told otherwise. */
  readonly functions?: FunctionRegistry | undefined;
}

/**
 * Reads a mapping document.
 *
 * @param base  what relative IRIs of the document itself are resolved against
 * @throws FabricError `syntax-error` or `mapping-invalid`, with line and column
 */
export type MappingSyntax = (document: MappingText, base: string) => MappingStatements;

export interface MappingStatements {
  /** In the order of the text. */
  readonly quads: readonly RDF.Quad[];
  readonly prefixes: ReadonlyMap<string, string>;
  /** The base IRI that the document itself declares. */
  readonly declaredBase: string | undefined;
  /** Whether values have no natural datatypes; undefined: the vocabulary of the statements tells. */
  readonly legacy: boolean | undefined;
  /** What messages call nodes that have a better name than their IRI or label, by node key. */
  readonly labels: ReadonlyMap<string, string>;
  /** Where the text says what; asked for refusals only. */
  positions(): Positions;
}

/** A refusal of a mapping document. */
export function mappingInvalid(message: string, source: string, position: Position | undefined): FabricError {
  return new FabricError('mapping-invalid', message, { location: { source, ...position } });
}
