/**
 * A mapping document as a graph: lifted to one vocabulary, asked by node and property, refused with a place.
 *
 * All refusals of a mapping are made here, so that each names its node, line and column. It must not know
 * what a mapping means; that is the parser's part.
 */
import { nearest } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';
import { namedNode } from '../../rdf/terms.ts';
import { BUILT_IN, type FunctionRegistry } from '../function/registry.ts';
import { isLegacy, lift, rml, rmlName } from '../vocabulary.ts';
import { RDF_TYPE } from './namespaces.ts';
import type { Position } from './positions.ts';
import { type MappingStatements, type MappingText, mappingInvalid } from './statements.ts';
import { readTurtle } from './turtle.ts';

export { type MappingText, mappingInvalid } from './statements.ts';

/** A node of the mapping, as messages name it. */
export interface MappingNode {
  /** Name of the mapping document. */
  readonly document: string;
  /** `<iri>`, or "a blank node" with its line where that is known. */
  readonly label: string;
  readonly position: Position | undefined;
}

/** What a property of a node has as its value. */
export type MappingTerm = RDF.NamedNode | RDF.BlankNode | RDF.Literal;
export type Resource = RDF.NamedNode | RDF.BlankNode;

export class MappingGraph {
  readonly name: string;
  /** Whether a term of the vocabulary before `http://w3id.org/rml/` occurs. */
  readonly legacy: boolean;
  readonly prefixes: ReadonlyMap<string, string>;
  /** What the mapping may call. */
  readonly functions: FunctionRegistry;
  readonly #statements: MappingStatements;
  /** Node key -> property (lifted) -> values in the order of the text. */
  readonly #nodes = new Map<string, Map<string, MappingTerm[]>>();
  readonly #terms = new Map<string, Resource>();
  /** `property node` (lifted) for each node that is a value. */
  readonly #values = new Set<string>();
  /** `node property` (lifted) -> the property as it was written. */
  readonly #written = new Map<string, string>();

  /** @throws FabricError `syntax-error` with line and column */
  constructor(document: MappingText) {
    const base = document.baseIRI ?? DEFAULT_BASE;
    this.#statements = (document.syntax ?? readTurtle)(document, base);
    this.name = document.name;
    this.functions = document.functions ?? BUILT_IN;
    const { quads, prefixes, legacy } = this.#statements;
    this.prefixes = prefixes;
    this.legacy = legacy ?? quads.some(({ predicate }) => isLegacy(predicate.value));
    for (const { subject, predicate, object } of quads) {
      this.#add(subject as Resource, predicate as RDF.NamedNode, object as MappingTerm);
    }
  }

  /** The base IRI that the document itself declares. */
  get declaredBase(): string | undefined {
    return this.#statements.declaredBase;
  }

  /** Nodes that have one of `properties`, or are of `type`, in the order of the text. */
  described(type: string, properties: readonly string[]): Resource[] {
    const found: Resource[] = [];
    const wanted = properties.map(rml);
    const wantedType = rml(type);
    for (const [key, values] of this.#nodes) {
      const typed = values.get(RDF_TYPE)?.some((value) => value.value === wantedType) === true;
      if (typed || wanted.some((property) => values.has(property))) found.push(this.#terms.get(key)!);
    }
    return found;
  }

  /** Values of `property`, a local name of the RML vocabulary or a whole IRI. */
  all(node: Resource, property: string): readonly MappingTerm[] {
    return this.#nodes.get(keyOf(node))?.get(property.includes(':') ? property : rml(property)) ?? [];
  }

  has(node: Resource, property: string): boolean {
    return this.all(node, property).length > 0;
  }

  /** The properties (lifted) that a node has, in the order of the text. */
  propertiesOf(node: Resource): readonly string[] {
    return [...(this.#nodes.get(keyOf(node))?.keys() ?? [])];
  }

  /** Whether `node` is the value of `property` of any node. */
  isValueOf(node: Resource, property: string): boolean {
    return this.#values.has(`${rml(property)} ${keyOf(node)}`);
  }

  /** The one value of a property that may be absent. */
  optional(node: Resource, property: string): MappingTerm | undefined {
    const values = this.all(node, property);
    if (values.length > 1)
      this.refuse(node, `has ${values.length} values of rml:${property}, one is allowed`, property);
    return values[0];
  }

  /** The one text of a property that may be absent. */
  text(node: Resource, property: string): string | undefined {
    const value = this.optional(node, property);
    if (value === undefined) return undefined;
    if (value.termType !== 'Literal')
      this.refuse(node, `has an rml:${property} that is no literal`, property);
    return value.value;
  }

  /** Values of a property that have to be nodes, not literals. */
  resources(node: Resource, property: string): readonly Resource[] {
    return this.all(node, property).map((value) => {
      if (value.termType === 'Literal')
        return this.refuse(node, `has the literal "${value.value}" as rml:${property}`, property);
      return value;
    });
  }

  /**
   * Refuses RML properties of `node` that are not among `known`: nothing that was written may be without
   * effect in silence.
   */
  onlyKnows(node: Resource, what: string, known: readonly string[]): void {
    for (const property of this.#nodes.get(keyOf(node))?.keys() ?? []) {
      const name = rmlName(property);
      if (name === undefined || known.includes(name)) continue;
      const near = nearest(name, known);
      const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean rml:${near}?`;
      this.refuse(node, `has rml:${name}, which is not supported on ${what}; ${hint}`, name);
    }
  }

  /** How messages name a node. */
  node(node: Resource, property?: string): MappingNode {
    const position = this.#find(node, property);
    const label = this.#statements.labels.get(keyOf(node)) ?? labelOf(node, position);
    return { document: this.name, label, position };
  }

  /** @throws FabricError `mapping-invalid` at the place where `node` states `property` */
  refuse(node: Resource, problem: string, property?: string): never {
    const { label, position } = this.node(node, property);
    throw mappingInvalid(`Mapping "${this.name}": ${label} ${problem}`, this.name, position);
  }

  #add(subject: Resource, predicate: RDF.NamedNode, object: MappingTerm): void {
    const key = keyOf(subject);
    const property = lift(predicate.value);
    const values = this.#nodes.get(key) ?? new Map<string, MappingTerm[]>();
    this.#nodes.set(key, values);
    this.#terms.set(key, subject);
    if (property !== predicate.value) this.#written.set(`${key} ${property}`, predicate.value);
    const list = values.get(property) ?? [];
    values.set(property, list);
    const value = object.termType === 'NamedNode' ? namedNode(lift(object.value)) : object;
    if (!list.some((other) => other.equals(value))) list.push(value);
    if (value.termType !== 'Literal') this.#values.add(`${property} ${keyOf(value)}`);
  }

  #find(node: Resource, property: string | undefined): Position | undefined {
    const key = keyOf(node);
    const positions = this.#statements.positions();
    if (property === undefined) return positions.find(key);
    const lifted = rml(property);
    return positions.find(key, this.#written.get(`${key} ${lifted}`) ?? lifted);
  }
}

/** Where a mapping without a base of its own resolves relative IRIs (RML-Core, "Base IRI"). */
export const DEFAULT_BASE = 'http://example.org/';

const keyOf = (node: Resource): string => (node.termType === 'BlankNode' ? `_:${node.value}` : node.value);

function labelOf(node: Resource, position: Position | undefined): string {
  if (node.termType === 'NamedNode') return `<${node.value}>`;
  return position === undefined ? 'a blank node' : `the blank node at line ${position.line}`;
}
