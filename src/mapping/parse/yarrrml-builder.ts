/**
 * The statements that a YARRRML document stands for, made one by one, each with its place in the YAML.
 */
import { blankNode, literal, namedNode, quad, type RDF } from '../../rdf/terms.ts';
import { rml } from '../vocabulary.ts';
import type { Position, Positions } from './positions.ts';
import type { Member, YamlNode, YamlText } from './yarrrml-document.ts';
import type { Value, ValueKind, Values } from './yarrrml-value.ts';

type Resource = RDF.NamedNode | RDF.BlankNode;

/** What the readers of the parts of a document share. */
export interface Reading {
  readonly yaml: YamlText;
  readonly values: Values;
  readonly builder: StatementBuilder;
}

export type Fields = ReadonlyMap<string, Member>;

const RDF_TYPE = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');

export class StatementBuilder {
  readonly quads: RDF.Quad[] = [];
  readonly labels = new Map<string, string>();
  readonly #yaml: YamlText;
  readonly #places = new Map<string, YamlNode>();
  #made = 0;

  constructor(yaml: YamlText) {
    this.#yaml = yaml;
  }

  /** A node that is written at `at`, as messages call it; their line is added unless the node has an IRI. */
  node(at: YamlNode, label: string, iri?: string): Resource {
    const node = iri === undefined ? blankNode(`y${this.#made++}`) : namedNode(iri);
    this.#places.set(keyOf(node), at);
    const line = iri === undefined ? this.#yaml.position(at)?.line : undefined;
    this.labels.set(keyOf(node), line === undefined ? label : `${label} at line ${line}`);
    return node;
  }

  /** States a property: a local name of the RML vocabulary, or a whole IRI. */
  add(subject: Resource, property: string, object: RDF.Quad_Object, at: YamlNode): void {
    const iri = property.includes(':') ? property : rml(property);
    this.quads.push(quad(subject, namedNode(iri), object));
    const key = `${keyOf(subject)} ${iri}`;
    if (!this.#places.has(key)) this.#places.set(key, at);
  }

  /** States that `node` is of a type of the RML vocabulary, or of that with a whole IRI. */
  type(node: Resource, type: string, at: YamlNode): void {
    this.add(node, RDF_TYPE.value, namedNode(type.includes(':') ? type : rml(type)), at);
  }

  text(subject: Resource, property: string, text: string, at: YamlNode): void {
    this.add(subject, property, literal(text), at);
  }

  /** States the expression of a term map: a constant, a reference or a template. */
  expression(map: Resource, value: Value, kind: ValueKind, at: YamlNode): void {
    const { texts, references } = value;
    const [head = ''] = texts;
    if (references.length === 0) {
      const constant = kind === 'iri' ? namedNode(head) : kind === 'blank' ? blankNode(head) : literal(head);
      this.add(map, 'constant', constant, at);
    } else if (references.length === 1 && texts.every((text) => text === '')) {
      this.text(map, 'reference', references[0]!, at);
    } else {
      const parts = references.map((name, i) => `{${escaped(name)}}${escaped(texts[i + 1]!)}`);
      this.text(map, 'template', escaped(head) + parts.join(''), at);
    }
  }

  positions(): Positions {
    const place = (key: string): Position | undefined => {
      const node = this.#places.get(key);
      return node === undefined ? undefined : this.#yaml.position(node);
    };
    return {
      find: (subject, predicate) =>
        (predicate === undefined ? undefined : place(`${subject} ${predicate}`)) ?? place(subject),
    };
  }
}

const escaped = (text: string): string => text.replace(/[\\{}]/g, '\\$&');

const keyOf = (node: Resource): string => (node.termType === 'BlankNode' ? `_:${node.value}` : node.value);
