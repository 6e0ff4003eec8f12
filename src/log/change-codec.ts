/**
 * Changes as bytes. Version 2 is binary: each term refers to the quad before it or to a term that stood earlier
 * in the change where it can, so that a subject, graph or predicate is written once. Version 1, which older
 * programs wrote, is JSON and still read (`change-json.ts`).
 *
 * ```
 * 0x02, seq, at, cause (JSON), count of removed, count of added, then the quads: four terms each
 * term: 0 as in the quad before   1 default graph    2 IRI, text    3 blank node, text
 *       4 xsd:string, text        5 language, text   6 datatype (a term), text
 *       7 + n  the n-th IRI or blank node that was written as text
 * ```
 * Numbers are varints, texts are UTF-8 after their length in bytes. A reader must refuse what it does not know.
 */
import { FabricError } from '../errors.ts';
import { blankNode, defaultGraph, encodeTerm, literal, namedNode, quad, type RDF } from '../rdf/terms.ts';
import { ByteSink } from './byte-sink.ts';
import { ByteSource } from './byte-source.ts';
import type { Cause, Change } from './change.ts';
import { decodeJsonChange, JSON_OPENING } from './change-json.ts';

const VERSION = 2;
const SAME = 0;
const DEFAULT_GRAPH = 1;
const IRI = 2;
const BLANK_NODE = 3;
const STRING = 4;
const LANGUAGE_STRING = 5;
const TYPED = 6;
const FIRST_REFERENCE = 7;
const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';

/** Writes changes to a sink, one after another. */
export class ChangeEncoder {
  readonly #sink: ByteSink;
  /** Places of IRIs and of blank nodes, in one row. */
  readonly #iris = new Map<string, number>();
  readonly #blankNodes = new Map<string, number>();

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** @throws FabricError `not-supported` for RDF 1.2 terms */
  encode({ seq, at, cause, removed, added }: Change): void {
    const sink = this.#sink;
    this.#iris.clear();
    this.#blankNodes.clear();
    sink.byte(VERSION);
    sink.varint(seq);
    sink.text(at);
    sink.text(JSON.stringify(cause));
    sink.varint(removed.length);
    sink.varint(added.length);
    let before: RDF.Quad | undefined;
    for (const quads of [removed, added]) {
      for (const q of quads) {
        this.#term(q.subject, before?.subject);
        this.#term(q.predicate, before?.predicate);
        this.#term(q.object, before?.object);
        this.#term(q.graph, before?.graph);
        before = q;
      }
    }
  }

  #term(term: RDF.Term, before: RDF.Term | undefined): void {
    const sink = this.#sink;
    switch (term.termType) {
      case 'NamedNode':
        if (before?.termType === 'NamedNode' && before.value === term.value) sink.byte(SAME);
        else this.#node(this.#iris, term.value, IRI);
        return;
      case 'BlankNode':
        if (before?.termType === 'BlankNode' && before.value === term.value) sink.byte(SAME);
        else this.#node(this.#blankNodes, term.value, BLANK_NODE);
        return;
      case 'DefaultGraph':
        sink.byte(DEFAULT_GRAPH);
        return;
      case 'Literal':
        this.#literal(term);
        return;
      default:
        encodeTerm(term); // refuses it
    }
  }

  #node(places: Map<string, number>, text: string, tag: number): void {
    const place = places.get(text);
    if (place !== undefined) {
      this.#sink.varint(FIRST_REFERENCE + place);
      return;
    }
    places.set(text, this.#iris.size + this.#blankNodes.size);
    this.#sink.byte(tag);
    this.#sink.text(text);
  }

  #literal(term: RDF.Literal): void {
    const sink = this.#sink;
    if (term.language !== '') {
      if (term.direction) encodeTerm(term); // refuses it
      sink.byte(LANGUAGE_STRING);
      sink.text(term.language);
    } else if (term.datatype.value === XSD_STRING) sink.byte(STRING);
    else {
      sink.byte(TYPED);
      this.#node(this.#iris, term.datatype.value, IRI);
    }
    sink.text(term.value);
  }
}

/** One change by itself. */
export function encodeChange(change: Change): Buffer {
  const sink = new ByteSink();
  new ChangeEncoder(sink).encode(change);
  return Buffer.from(sink.written());
}

/** @throws FabricError `data-directory-unusable` for a version that is not known */
export function decodeChange(bytes: Uint8Array): Change {
  if (bytes[0] === JSON_OPENING) return decodeJsonChange(bytes);
  if (bytes[0] !== VERSION) {
    throw new FabricError(
      'data-directory-unusable',
      `A change in the log has version ${bytes[0]}; this program reads up to version ${VERSION}`,
    );
  }
  const source = new ByteSource(bytes, 1);
  const seq = source.varint();
  const at = source.text();
  const cause = JSON.parse(source.text()) as Cause;
  const removedCount = source.varint();
  const addedCount = source.varint();
  const nodes: (RDF.NamedNode | RDF.BlankNode)[] = [];
  const removed: RDF.Quad[] = [];
  const added: RDF.Quad[] = [];
  let before: RDF.Quad | undefined;
  for (let i = 0; i < removedCount + addedCount; i++) {
    before = quad(
      readTerm(source, nodes, before?.subject) as RDF.Quad_Subject,
      readTerm(source, nodes, before?.predicate) as RDF.Quad_Predicate,
      readTerm(source, nodes, before?.object) as RDF.Quad_Object,
      readTerm(source, nodes, before?.graph) as RDF.Quad_Graph,
    );
    (i < removedCount ? removed : added).push(before);
  }
  return { seq, at, cause, added, removed };
}

function readTerm(
  source: ByteSource,
  nodes: (RDF.NamedNode | RDF.BlankNode)[],
  before: RDF.Term | undefined,
): RDF.Term {
  const tag = source.varint();
  switch (tag) {
    case SAME:
      if (before === undefined) throw new Error('The first quad of a change refers to one before it');
      return before;
    case DEFAULT_GRAPH:
      return defaultGraph();
    case IRI:
    case BLANK_NODE: {
      const node = tag === IRI ? namedNode(source.text()) : blankNode(source.text());
      nodes.push(node);
      return node;
    }
    case STRING:
      return literal(source.text());
    case LANGUAGE_STRING: {
      const language = source.text();
      return literal(source.text(), language);
    }
    case TYPED: {
      const datatype = readTerm(source, nodes, undefined) as RDF.NamedNode;
      return literal(source.text(), datatype);
    }
    default: {
      const node = nodes[tag - FIRST_REFERENCE];
      if (!node) throw new Error(`A change refers to term ${tag - FIRST_REFERENCE}, which it has not`);
      return node;
    }
  }
}
