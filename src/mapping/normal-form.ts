/**
 * The normal form of a mapping: every shortcut expanded, every default filled in, every legacy term lifted.
 *
 * Only the parser makes it and only the compiler reads it. It holds no RDF beyond constants.
 */
import type { RDF } from '../rdf/terms.ts';
import type { MappingNode, MappingTerm } from './mapping-graph.ts';
import type { FormulationName } from './reference/registry.ts';
import type { Template } from './template.ts';
import type { TermType } from './vocabulary.ts';

/** A node of the mapping, to be named in refusals; positions are looked up only then. */
export interface Place {
  node(): MappingNode;
  /** @throws FabricError `mapping-invalid` */
  refuse(problem: string, property?: string): never;
}

/** A source of records. Two triples maps that describe the same one share it. */
export interface LogicalSource {
  /** Made from all that distinguishes it; stable for an unchanged mapping. */
  readonly id: string;
  /** Path, URL or IRI as the mapping has it. */
  readonly location: string | undefined;
  /** What a path is relative to: `MappingDirectory`, `CurrentWorkingDirectory`, or a path. */
  readonly root: string | undefined;
  /** IRIs of the logical source and of its source, where they are named: for `--source IRI=file`. */
  readonly names: readonly string[];
  readonly iterator: string | undefined;
  readonly formulation: FormulationName;
  /** Texts that stand for no value (RML-IO, `rml:null`). */
  readonly nulls: readonly string[];
}

export type Expression =
  | { readonly kind: 'constant'; readonly term: MappingTerm }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'template'; readonly template: Template }
  /** A blank node of its own for each record. */
  | { readonly kind: 'fresh' };

export interface TermMap {
  readonly place: Place;
  readonly expression: Expression;
  readonly termType: TermType;
  readonly datatype: TermMap | undefined;
  readonly language: TermMap | undefined;
}

/** An object that is the subject of another triples map (RML-Core, "Referencing object maps"). */
export interface RefObjectMap {
  readonly place: Place;
  /** Index of the parent among the triples maps. */
  readonly parent: number;
  /** Expression maps whose values have to be equal; none means the same record. */
  readonly conditions: readonly { readonly child: TermMap; readonly parent: TermMap }[];
}

export interface PredicateObjectMap {
  readonly predicates: readonly TermMap[];
  readonly objects: readonly TermMap[];
  readonly references: readonly RefObjectMap[];
  readonly graphs: readonly TermMap[];
}

export interface TriplesMap {
  readonly place: Place;
  readonly source: LogicalSource;
  /** Whether it is written in the vocabulary before `http://w3id.org/rml/`, which knows no natural datatypes. */
  readonly legacy: boolean;
  /** What stands in front of relative IRIs. */
  readonly base: string;
  readonly subject: TermMap;
  readonly classes: readonly RDF.NamedNode[];
  readonly graphs: readonly TermMap[];
  readonly predicateObjects: readonly PredicateObjectMap[];
}
