/**
 * Term maps of YARRRML: subjects, predicates, objects and graphs, as texts, lists or maps.
 */
import { namedNode, type RDF } from '../../rdf/terms.ts';
import { rml } from '../vocabulary.ts';
import { RDF_TYPE } from './namespaces.ts';
import type { Fields, Reading } from './yarrrml-builder.ts';
import type { Keys, Member, YamlNode } from './yarrrml-document.ts';
import { type Call, FUNCTION_KEYS, type Functions } from './yarrrml-function.ts';
import type { Targets } from './yarrrml-target.ts';
import type { ValueKind } from './yarrrml-value.ts';

type Resource = RDF.NamedNode | RDF.BlankNode;

const RDF_LANG_STRING = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';

export const CONDITION_KEYS = { condition: ['conditions', 'c'] } as const satisfies Keys;

const TERM_KEYS: Keys = { value: ['v'], type: [], targets: ['target', 't'], ...FUNCTION_KEYS };
const SUBJECT_KEYS: Keys = { ...TERM_KEYS, ...CONDITION_KEYS };
const LANGUAGE_KEYS: Keys = { value: ['v'], targets: ['target', 't'] };

/** What an object is besides its value; those of a predicate-object map hold for objects without their own. */
export interface Qualifiers {
  readonly datatype: YamlNode | undefined;
  readonly language: YamlNode | undefined;
  readonly type: YamlNode | undefined;
}

const TYPES: ReadonlyMap<string, ValueKind> = new Map([
  ['iri', 'iri'],
  ['literal', 'literal'],
  ['blank', 'blank'],
]);
const TERM_TYPE: Readonly<Record<ValueKind, string>> = { iri: 'IRI', literal: 'Literal', blank: 'BlankNode' };

/** An object with all that is said of it. */
export interface ObjectTerm {
  readonly at: YamlNode;
  readonly value: { readonly text: string; readonly at: YamlNode } | Call | undefined;
  readonly kind: ValueKind;
  readonly datatype: YamlNode | undefined;
  readonly language: YamlNode | undefined;
  readonly targets: Member | undefined;
  readonly conditions: readonly Call[];
}

export class Terms {
  readonly #reading: Reading;
  readonly #functions: Functions;
  readonly #targets: Targets;

  constructor(reading: Reading, functions: Functions, targets: Targets) {
    this.#reading = reading;
    this.#functions = functions;
    this.#targets = targets;
  }

  /** The subject that a text or a map describes; null is a blank node of its own for each record. */
  subject(node: YamlNode): ObjectTerm {
    const { yaml, values } = this.#reading;
    const plain = { at: node, datatype: undefined, language: undefined, targets: undefined, conditions: [] };
    if (yaml.isNull(node)) return { ...plain, value: undefined, kind: 'blank' };
    const text = yaml.text(node);
    if (text !== undefined)
      return { ...plain, value: { text: values.typed(text).text, at: node }, kind: 'iri' };
    const fields = yaml.fields(node, 'a subject', SUBJECT_KEYS);
    const value = this.#value(fields, node);
    const kind = this.#kind(fields.get('type')?.value) ?? (value === undefined ? 'blank' : 'iri');
    if (kind === 'literal') yaml.refuse(fields.get('type')!.value, 'has a literal as subject');
    const conditions = this.#functions.conditions(fields.get('condition'));
    return { ...plain, value, kind, targets: fields.get('targets'), conditions };
  }

  /** States a predicate map below `owner`; returns whether the predicate is `rdf:type`. */
  predicate(owner: Resource, node: YamlNode): boolean {
    const { yaml, values, builder } = this.#reading;
    const map = builder.node(node, 'the predicate');
    builder.add(owner, 'predicateMap', map, node);
    const text = yaml.text(node);
    if (text === 'a') {
      builder.add(map, 'constant', namedNode(RDF_TYPE), node);
      return true;
    }
    if (text !== undefined) {
      const value = values.parse(values.typed(text).text, 'iri', node);
      builder.expression(map, value, 'iri', node);
      return value.references.length === 0 && value.texts[0] === RDF_TYPE;
    }
    this.#iriMap(map, node, 'a predicate');
    return false;
  }

  /** States the graph maps below `owner`. */
  graphs(owner: Resource, member: Member | undefined): void {
    if (member === undefined) return;
    const { yaml, values, builder } = this.#reading;
    for (const node of yaml.list(member.value)) {
      const map = builder.node(node, 'the graph');
      builder.add(owner, 'graphMap', map, node);
      const text = yaml.text(node);
      if (text === undefined) this.#iriMap(map, node, 'a graph');
      else builder.expression(map, values.parse(values.typed(text).text, 'iri', node), 'iri', node);
    }
  }

  /** The object that a text describes: `value`, `value~iri`. */
  objectOfText(node: YamlNode, qualifiers: Qualifiers, typing: boolean): ObjectTerm {
    const { yaml, values } = this.#reading;
    const typed = values.typed(yaml.textOf(node, 'an object'));
    const literal = qualifiers.datatype ?? qualifiers.language;
    const kind = typed.iri
      ? 'iri'
      : (this.#kind(qualifiers.type) ?? (typing && literal === undefined ? 'iri' : 'literal'));
    const { datatype, language } = qualifiers;
    const value = { text: typed.text, at: node };
    return { at: node, value, kind, datatype, language, targets: undefined, conditions: [] };
  }

  /** The object that a map with a value or a function describes. */
  objectOfFields(node: YamlNode, fields: Fields, given: Qualifiers, typing: boolean): ObjectTerm {
    const { yaml } = this.#reading;
    const value = this.#value(fields, node);
    const own = { datatype: fields.get('datatype')?.value, language: fields.get('language')?.value };
    const qualified = own.datatype !== undefined || own.language !== undefined;
    const { datatype, language } = qualified ? own : given;
    const suffixed = value !== undefined && 'iri' in value && value.iri;
    const kind =
      this.#kind(fields.get('type')?.value) ??
      (suffixed ? 'iri' : undefined) ??
      this.#kind(given.type) ??
      (typing && (datatype ?? language) === undefined ? 'iri' : 'literal');
    if (value === undefined && kind !== 'blank')
      yaml.refuse(node, 'has an object without a value or a function');
    const conditions = this.#functions.conditions(fields.get('condition'));
    return { at: node, value, kind, datatype, language, targets: fields.get('targets'), conditions };
  }

  /** States a term map. */
  state(map: Resource, term: ObjectTerm): void {
    const { builder, values } = this.#reading;
    const { value, kind, at } = term;
    if (value !== undefined && 'function' in value) this.#functions.execution(map, value);
    else if (value !== undefined)
      builder.expression(map, values.parse(value.text, kind, value.at), kind, value.at);
    builder.add(map, 'termType', namedNode(rml(TERM_TYPE[kind])), at);
    if (kind !== 'literal' && term.datatype !== undefined) this.#datatype(map, term.datatype);
    this.#qualify(map, term);
    this.#functions.condition(map, term.conditions);
    this.#targets.state(map, term.targets);
  }

  #qualify(map: Resource, { kind, datatype, language }: ObjectTerm): void {
    if (kind !== 'literal') return;
    const ofLanguage = datatype !== undefined && this.#isLangString(datatype);
    if (datatype !== undefined && !(ofLanguage && language !== undefined)) this.#datatype(map, datatype);
    if (language !== undefined) this.#language(map, language);
  }

  #isLangString(node: YamlNode): boolean {
    const { texts } = this.#iriOf(node, 'a datatype');
    return texts.length === 1 && texts[0] === RDF_LANG_STRING;
  }

  #iriOf(node: YamlNode, what: string): ReturnType<Reading['values']['parse']> {
    const { yaml, values } = this.#reading;
    return values.parse(values.typed(yaml.textOf(node, what)).text, 'iri', node);
  }

  #datatype(map: Resource, node: YamlNode): void {
    const { builder } = this.#reading;
    const value = this.#iriOf(node, 'a datatype');
    if (value.references.length === 0) {
      builder.add(map, 'datatype', namedNode(value.texts[0]!), node);
      return;
    }
    const datatype = builder.node(node, 'the datatype');
    builder.add(map, 'datatypeMap', datatype, node);
    builder.expression(datatype, value, 'iri', node);
  }

  #language(map: Resource, node: YamlNode): void {
    const { yaml, values, builder } = this.#reading;
    const fields = yaml.isMap(node) ? yaml.fields(node, 'a language', LANGUAGE_KEYS) : undefined;
    const at =
      fields === undefined ? node : (fields.get('value')?.value ?? yaml.refuse(node, 'has no language'));
    const text = yaml.textOf(at, 'a language').replace(/~lang$/, '');
    const value = values.parse(text, 'blank', at);
    const targets = fields?.get('targets');
    if (value.references.length === 0 && targets === undefined) {
      builder.text(map, 'language', value.texts[0]!, at);
      return;
    }
    const language = builder.node(at, 'the language');
    builder.add(map, 'languageMap', language, at);
    builder.expression(language, value, 'literal', at);
    this.#targets.state(language, targets);
  }

  /** A map in the place of an IRI: a value or a function, with targets. */
  #iriMap(map: Resource, node: YamlNode, what: string): void {
    const { yaml, builder } = this.#reading;
    const fields = yaml.fields(node, what, TERM_KEYS);
    const value = this.#value(fields, node);
    if (value === undefined) return yaml.refuse(node, `has ${what} without a value or a function`);
    const kind = this.#kind(fields.get('type')?.value) ?? 'iri';
    if (kind !== 'iri') yaml.refuse(fields.get('type')!.value, `has ${what} that is no IRI`);
    if ('function' in value) {
      this.#functions.execution(map, value);
      builder.add(map, 'termType', namedNode(rml('IRI')), node);
    } else {
      builder.expression(map, this.#reading.values.parse(value.text, 'iri', value.at), 'iri', value.at);
    }
    this.#targets.state(map, fields.get('targets'));
  }

  #kind(node: YamlNode | undefined): ValueKind | undefined {
    if (node === undefined) return undefined;
    const { yaml } = this.#reading;
    const name = yaml.textOf(node, 'a type');
    return (
      TYPES.get(name) ??
      yaml.refuse(node, `has the unknown type "${name}"; known: ${[...TYPES.keys()].join(', ')}`)
    );
  }

  #value(fields: Fields, node: YamlNode): { text: string; at: YamlNode; iri: boolean } | Call | undefined {
    const { yaml, values } = this.#reading;
    const value = fields.get('value');
    if (fields.has('function') || fields.has('parameters')) {
      if (value !== undefined) yaml.refuse(value.key, 'has both a value and a function');
      return this.#functions.call(fields, node);
    }
    if (value === undefined) return undefined;
    const typed = values.typed(yaml.textOf(value.value, 'a value'));
    return { text: typed.text, iri: typed.iri, at: value.value };
  }
}
