/**
 * A second interpreter of RML-Core over JSON and CSV: naive, slow, and written from the specification alone.
 *
 * It reads the quads of a mapping as they are and loops. It must share nothing with the engine but the
 * vocabulary and the terms, or both would be wrong together.
 */
import { parse as parseCsv } from 'csv-parse/sync';
import { Parser, Store } from 'n3';
import { RML } from '../../../src/mapping/vocabulary.ts';
import { blankNode, defaultGraph, literal, namedNode, quad, type RDF } from '../../../src/rdf/terms.ts';
import { encode, isAbsolute, type Kind } from './iri.ts';
import { isScalar, readJson, type Scalar, select } from './json.ts';
import { isLanguageTag, isLexicalForm } from './literals.ts';

export interface OracleInput {
  /** Turtle, in the vocabulary of today. */
  readonly mapping: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly baseIRI?: string;
}

export interface OracleResult {
  readonly quads: readonly RDF.Quad[];
  /** Problems of the data: what they are about made no term. */
  readonly errors: readonly string[];
  /** Join conditions that held for no two records. */
  readonly idle: number;
}

type Node = RDF.Term;
type Row = (reference: string) => readonly Scalar[];

const RDF_TYPE = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');
const XSD = 'http://www.w3.org/2001/XMLSchema#';

/** Runs a mapping that is well-formed; problems of the data leave out what they are about. */
export function interpret(input: OracleInput): OracleResult {
  return new Oracle(input).run();
}

class Oracle {
  readonly #input: OracleInput;
  readonly #store: Store;
  readonly #errors: string[] = [];
  readonly #met = new Set<string>();
  /** Number of the record within its logical source. */
  #record = 0;

  constructor(input: OracleInput) {
    this.#input = input;
    this.#store = new Store(new Parser().parse(input.mapping));
  }

  run(): OracleResult {
    const quads = this.#store
      .getSubjects(RML + 'logicalSource', null, null)
      .flatMap((map) => this.#triplesMap(map));
    const conditions = this.#store.getObjects(null, `${RML}joinCondition`, null);
    const idle = conditions.filter((condition) => !this.#met.has(condition.value)).length;
    return { quads, errors: this.#errors, idle };
  }

  // ---- the mapping as a graph ----

  #all(node: Node, property: string): readonly Node[] {
    return this.#store.getObjects(node, RML + property, null);
  }

  #one(node: Node, property: string): Node | undefined {
    return this.#all(node, property)[0];
  }

  /** Term maps by their property, shortcuts as maps of a constant. */
  #maps(node: Node, role: string): readonly (Node | { readonly constant: Node })[] {
    const shortcuts = this.#all(node, role).map((constant) => ({ constant }));
    return [...this.#all(node, `${role}Map`), ...shortcuts];
  }

  // ---- triples maps ----

  #triplesMap(map: Node): RDF.Quad[] {
    const quads: RDF.Quad[] = [];
    const rows = this.#rows(this.#one(map, 'logicalSource')!);
    const [subjectMap] = this.#maps(map, 'subject');
    // Sides of joins are evaluated without a child as well.
    if (rows.length === 0) this.#parentSides(map);
    rows.forEach((row, index) => {
      this.#record = index;
      const make = (term: Node | { constant: Node }, role: string): readonly RDF.Term[] =>
        this.#terms(term, row, role, this.#base(map));
      const subjects = make(subjectMap!, 'subject');
      const written = 'termType' in subjectMap! ? subjectMap : undefined;
      const subjectGraphs = written === undefined ? [] : this.#maps(written, 'graph');
      const classes = written === undefined ? [] : this.#all(written, 'class');
      // Every map is evaluated, wanted or not: a problem of the data is one either way.
      const graphsOf = (graphMaps: typeof subjectGraphs): readonly RDF.Term[] =>
        graphMaps.length === 0 ? [defaultGraph()] : graphMaps.flatMap((graph) => make(graph, 'graph'));
      const emit = (predicate: RDF.Term, object: RDF.Term, graphs: readonly RDF.Term[]): void => {
        for (const subject of subjects) {
          for (const graph of graphs) {
            const target = graph.value === `${RML}defaultGraph` ? defaultGraph() : graph;
            quads.push(
              quad(
                subject as RDF.Quad_Subject,
                predicate as RDF.Quad_Predicate,
                object as RDF.Quad_Object,
                target as RDF.Quad_Graph,
              ),
            );
          }
        }
      };
      for (const type of classes) emit(RDF_TYPE, type, graphsOf(subjectGraphs));
      for (const part of this.#all(map, 'predicateObjectMap')) {
        const graphs = graphsOf([...subjectGraphs, ...this.#maps(part, 'graph')]);
        const objects = this.#maps(part, 'object').flatMap((object) =>
          'termType' in object && this.#one(object, 'parentTriplesMap') !== undefined
            ? this.#parents(object, row, map)
            : make(object, 'object'),
        );
        for (const predicate of this.#maps(part, 'predicate').flatMap((p) => make(p, 'predicate'))) {
          for (const object of objects) emit(predicate, object, graphs);
        }
      }
    });
    return quads;
  }

  /** Subjects of the records of the parent that the record of the child is joined with. */
  #parents(object: Node, row: Row, child: Node): readonly RDF.Term[] {
    const parent = this.#one(object, 'parentTriplesMap')!;
    const [subjectMap] = this.#maps(parent, 'subject');
    const conditions = this.#all(object, 'joinCondition');
    if (conditions.length === 0) return this.#terms(subjectMap!, row, 'subject', this.#base(parent));
    const record = this.#record;
    // No short cut here either: a side that is a problem of the data is one, whatever the other side is.
    const sides = conditions.map((condition) => this.#sideOf(condition, 'child', row, this.#base(child)));
    const found = this.#rows(this.#one(parent, 'logicalSource')!).flatMap((parentRow, index) => {
      const holds = conditions.map((condition, at) => {
        const right = this.#sideOf(condition, 'parent', parentRow, this.#base(parent));
        const met = sides[at]!.some((value) => right.includes(value));
        if (met) this.#met.add(condition.value);
        return met;
      });
      this.#record = index;
      const subjects = this.#terms(subjectMap!, parentRow, 'subject', this.#base(parent));
      return holds.every(Boolean) ? subjects : [];
    });
    this.#record = record;
    return found;
  }

  #parentSides(map: Node): void {
    for (const object of this.#all(map, 'predicateObjectMap').flatMap((part) =>
      this.#all(part, 'objectMap'),
    )) {
      const parent = this.#one(object, 'parentTriplesMap');
      if (parent === undefined) continue;
      for (const row of this.#rows(this.#one(parent, 'logicalSource')!)) {
        for (const condition of this.#all(object, 'joinCondition')) {
          this.#sideOf(condition, 'parent', row, this.#base(parent));
        }
      }
    }
  }

  #sideOf(condition: Node, side: string, row: Row, base: string): readonly string[] {
    const reference = this.#one(condition, side);
    if (reference !== undefined) return row(reference.value).map((value) => value.text);
    return this.#terms(this.#one(condition, `${side}Map`)!, row, 'join', base).map((term) => term.value);
  }

  #base(map: Node): string {
    return this.#one(map, 'baseIRI')?.value ?? this.#input.baseIRI ?? 'http://example.org/';
  }

  // ---- term maps ----

  #terms(map: Node | { readonly constant: Node }, row: Row, role: string, base: string): readonly RDF.Term[] {
    if ('constant' in map) return [map.constant];
    const constant = this.#one(map, 'constant');
    const reference = this.#one(map, 'reference')?.value;
    const template = this.#one(map, 'template')?.value;
    const datatypes = this.#maps(map, 'datatype');
    const languages = this.#maps(map, 'language');
    const qualified = datatypes.length + languages.length > 0;
    if (constant !== undefined && !qualified) return [constant];
    const stated = this.#one(map, 'termType')?.value.slice(RML.length);
    const literally =
      role === 'language' || role === 'join' || (role === 'object' && (reference !== undefined || qualified));
    const type = stated ?? (literally ? 'Literal' : 'IRI');
    if (constant === undefined && reference === undefined && template === undefined) {
      return [blankNode(`fresh_${escapeLabel(`${map.value}_${this.#record}`)}`)];
    }
    const values: readonly Scalar[] =
      constant !== undefined
        ? [{ text: constant.value, natural: 'string' }]
        : reference !== undefined
          ? row(reference)
          : this.#fill(template!, row, type);
    if (type === 'BlankNode') return values.map(({ text }) => blankNode(`value_${escapeLabel(text)}`));
    if (type !== 'Literal') return values.flatMap(({ text }) => this.#iri(text, type as Kind, base));
    if (datatypes.length > 0) {
      const iris = datatypes.flatMap((datatype) => this.#terms(datatype, row, 'datatype', base));
      return values.flatMap(({ text }) => iris.flatMap((iri) => this.#typed(text, iri.value)));
    }
    if (languages.length > 0) {
      const tags = languages.flatMap((language) => this.#terms(language, row, 'language', base));
      return values.flatMap(({ text }) => tags.flatMap((tag) => this.#tagged(text, tag.value)));
    }
    return values.map(({ text, natural }) =>
      natural === 'string' ? literal(text) : literal(text, namedNode(XSD + natural)),
    );
  }

  #iri(text: string, kind: Kind, base: string): readonly RDF.Term[] {
    if (kind === 'UnsafeIRI' || kind === 'UnsafeURI') {
      return [namedNode(/^[A-Za-z][A-Za-z0-9+\-.]*:/.test(text) ? text : base + text)];
    }
    if (isAbsolute(text, kind)) return [namedNode(text)];
    if (isAbsolute(base + text, kind)) return [namedNode(base + text)];
    return this.#fail(`"${text}" is no ${kind}`);
  }

  #typed(text: string, datatype: string): readonly RDF.Term[] {
    if (!isLexicalForm(text, datatype)) return this.#fail(`"${text}" is no ${datatype}`);
    return [literal(text, namedNode(datatype))];
  }

  #tagged(text: string, tag: string): readonly RDF.Term[] {
    return isLanguageTag(tag) ? [literal(text, tag)] : this.#fail(`"${tag}" is no language tag`);
  }

  /** RML-Core, "Template": every combination of the values of the references. */
  #fill(template: string, row: Row, type: string): readonly Scalar[] {
    let made = [''];
    let reference: string | undefined;
    for (let at = 0; at < template.length; at++) {
      const character = template[at]!;
      const escaped = character === '\\' ? template[++at] : undefined;
      if (escaped === undefined && character === '{') reference = '';
      else if (escaped === undefined && character === '}') {
        const safe = ['IRI', 'URI'].includes(type);
        const values = row(reference!).map(({ text }) => (safe ? encode(text, type as Kind) : text));
        made = made.flatMap((start) => values.map((value) => start + value));
        reference = undefined;
      } else if (reference === undefined) made = made.map((start) => start + (escaped ?? character));
      else reference += escaped ?? character;
    }
    return made.map((text) => ({ text, natural: 'string' }));
  }

  // ---- sources ----

  #rows(logicalSource: Node): readonly Row[] {
    const source = this.#one(logicalSource, 'source')!;
    const path = source.termType === 'Literal' ? source.value : this.#one(source, 'path')!.value;
    const text = this.#input.sources[path] ?? '';
    const nulls = source.termType === 'Literal' ? [] : this.#all(source, 'null').map(({ value }) => value);
    const present = (values: readonly Scalar[]): readonly Scalar[] =>
      values.filter((value) => !(value.natural === 'string' && nulls.includes(value.text)));
    const formulation = this.#one(logicalSource, 'referenceFormulation')!.value.slice(RML.length);
    if (formulation === 'CSV') {
      const [header = [], ...rows]: string[][] = parseCsv(text, {
        skip_empty_lines: true,
        record_delimiter: ['\r\n', '\n'],
      });
      return rows.map((cells) => (name) => {
        const at = header.indexOf(name);
        return at < 0
          ? this.#fail(`there is no column "${name}"`)
          : present([{ text: cells[at]!, natural: 'string' }]);
      });
    }
    const iterator = this.#one(logicalSource, 'iterator')?.value ?? '$';
    return select(readJson(text), iterator).map(
      (record) => (path) =>
        present(
          select(record, path).flatMap((value): readonly Scalar[] => {
            if (value === null) return [];
            return isScalar(value) ? [value] : this.#fail(`"${path}" gives a list or an object`);
          }),
        ),
    );
  }

  #fail(problem: string): readonly never[] {
    this.#errors.push(problem);
    return [];
  }
}

/** A label that any syntax takes; different texts get different labels. */
const escapeLabel = (text: string): string =>
  Array.from(text, (character) => `${character.codePointAt(0)!.toString(16)}x`).join('');
