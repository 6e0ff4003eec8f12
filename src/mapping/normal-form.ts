/**
 * The normal form of a mapping: every shortcut expanded, every default filled in, every older term lifted.
 *
 * New RML, legacy RML, R2RML and YARRRML all become this. Only the parser makes it and only compilers read it.
 * It holds no RDF beyond constants, and nothing that depends on data.
 */
import type { RDF } from '../rdf/terms.ts';
import type { FunctionRegistry } from './function/registry.ts';
import type { MappingNode, MappingTerm } from './parse/mapping-graph.ts';
import type { Template } from './parse/template.ts';
import type { FormulationName } from './reference/registry.ts';
import type { TermType } from './vocabulary.ts';

/** A node of the mapping, to be named in refusals; positions are looked up only then. */
export interface Place {
  node(): MappingNode;
  /** @throws FabricError `mapping-invalid` */
  refuse(problem: string, property?: string): never;
}

/** Where the bytes or rows of a logical source are (RML-IO, "Source"). Texts are as the mapping has them. */
export type SourceDescription =
  /** `root`: `MappingDirectory`, `CurrentWorkingDirectory`, or a path. */
  | { readonly kind: 'file'; readonly path: string; readonly root: string | undefined }
  | { readonly kind: 'http'; readonly url: string }
  /** SPARQL 1.1 protocol; the query is the logical source's. `format`: IRI of the result format. */
  | { readonly kind: 'sparql'; readonly endpoint: string; readonly format: string | undefined }
  /** JDBC or URL style DSN, undefined: given from outside; the credentials as written, which may name settings. */
  | {
      readonly kind: 'database';
      readonly dsn: string | undefined;
      readonly username: string | undefined;
      readonly password: string | undefined;
    }
  | { readonly kind: 'mqtt'; readonly broker: string; readonly topic: string }
  /** The fabric's own records: those of a source, or, without a name, the document that is mapped. */
  | { readonly kind: 'records'; readonly source: string | undefined }
  /** Only an IRI is known: it has to be given from outside. */
  | { readonly kind: 'given'; readonly iri: string };

/** How a table is written (CSVW dialect descriptions); what is absent has the default of RFC 4180. */
export interface CsvDialect {
  readonly delimiter?: string;
  /** Null: no quoting. */
  readonly quoteChar?: string | null;
  readonly doubleQuote?: boolean;
  readonly commentPrefix?: string;
  readonly header?: boolean;
  readonly headerRowCount?: number;
  readonly skipRows?: number;
  readonly skipColumns?: number;
  readonly skipBlankRows?: boolean;
  readonly skipInitialSpace?: boolean;
  readonly trim?: 'none' | 'both' | 'start' | 'end';
}

export type Compression = 'none' | 'gzip' | 'zip' | 'targz' | 'tarxz' | 'tar';

/** How references and iterators are read, with what they need beside their text. */
export interface FormulationSpec {
  readonly name: FormulationName;
  /** XPath: prefixes by name. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly dialect: CsvDialect | undefined;
}

/** A source of records. Two triples maps that describe the same one share it. */
export interface LogicalSource {
  readonly kind: 'source';
  /** Made from all that distinguishes it; stable for an unchanged mapping. */
  readonly id: string;
  readonly place: Place;
  readonly description: SourceDescription;
  /** What messages call it: the path, URL or IRI as the mapping has it. */
  readonly location: string | undefined;
  /** IRIs of the logical source and of its source, where they are named: for `--source IRI=file`. */
  readonly names: readonly string[];
  readonly iterator: string | undefined;
  /** SQL or SPARQL; the name of a table for `sql-table`. */
  readonly query: string | undefined;
  readonly formulation: FormulationSpec;
  readonly compression: Compression;
  /** WHATWG label of the encoding; undefined: UTF-8. */
  readonly encoding: string | undefined;
  /** Texts that stand for no value (RML-IO, `rml:null`). */
  readonly nulls: readonly string[];
}

/** A field of a logical view (RML-LV, "Field"); names are relative to the parent's. */
export type Field = ExpressionField | IterableField;

export interface ExpressionField {
  readonly kind: 'expression';
  readonly place: Place;
  readonly name: string;
  readonly expression: TermMap;
  readonly fields: readonly Field[];
}

export interface IterableField {
  readonly kind: 'iterable';
  readonly place: Place;
  readonly name: string;
  /** What of the parent's record is iterated, by the parent's formulation; undefined: the record itself. */
  readonly reference: string | undefined;
  readonly iterator: string | undefined;
  /** Where it differs from that of the parent. */
  readonly formulation: FormulationSpec | undefined;
  readonly fields: readonly Field[];
}

export interface ViewJoin {
  readonly type: 'inner' | 'left';
  readonly place: Place;
  readonly parent: LogicalView;
  readonly conditions: readonly JoinCondition[];
  readonly fields: readonly ExpressionField[];
}

/** What the author promises of the fields of a view (RML-LV, "Structural annotations"). */
export interface ViewAnnotation {
  readonly place: Place;
  readonly kind: 'PrimaryKey' | 'Unique' | 'NotNull' | 'IriSafe' | 'ForeignKey' | 'Inclusion';
  readonly fields: readonly string[];
  /** The fields of another view that hold all their values. */
  readonly target: { readonly view: LogicalView; readonly fields: readonly string[] } | undefined;
}

/** Rows over a source or another view (RML-LV). Never cyclic: the parser refuses that. */
export interface LogicalView {
  readonly kind: 'view';
  readonly id: string;
  readonly place: Place;
  readonly on: AbstractSource;
  readonly fields: readonly Field[];
  readonly joins: readonly ViewJoin[];
  readonly annotations: readonly ViewAnnotation[];
}

export type AbstractSource = LogicalSource | LogicalView;

export type Expression =
  | { readonly kind: 'constant'; readonly term: MappingTerm }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'function'; readonly execution: FunctionExecution }
  /** A blank node of its own for each record. */
  | { readonly kind: 'fresh' };

/** A call of a function (RML-FNML); the term maps in it make texts or constants. */
export interface FunctionExecution {
  readonly place: Place;
  /** What may be called. */
  readonly functions: FunctionRegistry;
  readonly function: TermMap;
  readonly inputs: readonly { readonly parameter: TermMap; readonly value: TermMap }[];
  /** Which output counts; undefined: the first. */
  readonly output: TermMap | undefined;
}

/** Where quads go beside or instead of the default output (RML-IO, "Target"). */
export interface LogicalTarget {
  readonly id: string;
  readonly place: Place;
  readonly description: SourceDescription;
  /** IRI of the serialisation; undefined: N-Quads. */
  readonly serialization: string | undefined;
  readonly compression: Compression;
  readonly encoding: string | undefined;
}

/** A collection or container of what its members make (RML-CC). */
export interface Gather {
  readonly place: Place;
  readonly as: 'List' | 'Bag' | 'Seq' | 'Alt';
  readonly strategy: 'append' | 'cartesianProduct';
  readonly allowEmpty: boolean;
  readonly members: readonly (
    | { readonly kind: 'term'; readonly map: TermMap }
    | { readonly kind: 'reference'; readonly map: RefObjectMap }
  )[];
}

export interface TermMap {
  readonly place: Place;
  readonly expression: Expression;
  readonly termType: TermType;
  readonly datatype: TermMap | undefined;
  readonly language: TermMap | undefined;
  /** With a gather, the expression names the head of the list or the container. */
  readonly gather: Gather | undefined;
  /** All have to be true for the map to make anything. */
  readonly conditions: readonly FunctionExecution[];
  readonly targets: readonly LogicalTarget[];
}

/** Expression maps whose values have to be equal. */
export interface JoinCondition {
  readonly child: TermMap;
  readonly parent: TermMap;
}

/** An object that is the subject of another triples map (RML-Core, "Referencing object maps"). */
export interface RefObjectMap {
  readonly place: Place;
  /** Index of the parent among the triples maps. */
  readonly parent: number;
  /** None means the same record. */
  readonly conditions: readonly JoinCondition[];
  readonly targets: readonly LogicalTarget[];
}

export interface PredicateObjectMap {
  readonly place: Place;
  readonly predicates: readonly TermMap[];
  readonly objects: readonly TermMap[];
  readonly references: readonly RefObjectMap[];
  readonly graphs: readonly TermMap[];
  readonly conditions: readonly FunctionExecution[];
}

export interface TriplesMap {
  readonly place: Place;
  /** IRI or blank node label of the triples map, for messages and for the difference of two mappings. */
  readonly name: string;
  readonly source: AbstractSource;
  /** Whether it is written in the vocabulary before `http://w3id.org/rml/`, which knows no natural datatypes. */
  readonly legacy: boolean;
  /** What stands in front of relative IRIs. */
  readonly base: string;
  readonly subject: TermMap;
  readonly classes: readonly RDF.NamedNode[];
  readonly graphs: readonly TermMap[];
  readonly predicateObjects: readonly PredicateObjectMap[];
}
