/**
 * Values of YARRRML: templates with references `$(...)`, prefixes, external references, and `~iri`.
 *
 * A backslash keeps a parenthesis, a colon or a backslash from meaning anything. Parentheses inside a
 * reference may be nested.
 */
import { nearest } from '../../errors.ts';
import type { Member, YamlNode, YamlText } from './yarrrml-document.ts';

/** A text taken apart: `texts[0] references[0] texts[1] ...`. */
export interface Value {
  readonly texts: readonly string[];
  readonly references: readonly string[];
}

/** What a value is made for: prefixes mean more where an IRI is needed. */
export type ValueKind = 'iri' | 'literal' | 'blank';

/** The names that a document declares for its values. */
export interface Names {
  readonly prefixes: ReadonlyMap<string, string>;
  /** Names of {@link prefixes} that the document itself declares. */
  readonly declared: ReadonlySet<string>;
  readonly external: ReadonlyMap<string, string>;
}

/** Prefixes that need no declaration: the initial context of RDFa, as the specification of YARRRML has it. */
const PREDEFINED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    as: 'https://www.w3.org/ns/activitystreams#',
    cc: 'http://creativecommons.org/ns#',
    csvw: 'http://www.w3.org/ns/csvw#',
    ctag: 'http://commontag.org/ns#',
    dc: 'http://purl.org/dc/terms/',
    dc11: 'http://purl.org/dc/elements/1.1/',
    dcat: 'http://www.w3.org/ns/dcat#',
    dcterms: 'http://purl.org/dc/terms/',
    dqv: 'http://www.w3.org/ns/dqv#',
    duv: 'https://www.w3.org/ns/duv#',
    foaf: 'http://xmlns.com/foaf/0.1/',
    gr: 'http://purl.org/goodrelations/v1#',
    grddl: 'http://www.w3.org/2003/g/data-view#',
    ical: 'http://www.w3.org/2002/12/cal/icaltzd#',
    jsonld: 'http://www.w3.org/ns/json-ld#',
    ldp: 'http://www.w3.org/ns/ldp#',
    ma: 'http://www.w3.org/ns/ma-ont#',
    oa: 'http://www.w3.org/ns/oa#',
    odrl: 'http://www.w3.org/ns/odrl/2/',
    og: 'http://ogp.me/ns#',
    org: 'http://www.w3.org/ns/org#',
    owl: 'http://www.w3.org/2002/07/owl#',
    prov: 'http://www.w3.org/ns/prov#',
    qb: 'http://purl.org/linked-data/cube#',
    rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
    rdfa: 'http://www.w3.org/ns/rdfa#',
    rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
    rev: 'http://purl.org/stuff/rev#',
    rif: 'http://www.w3.org/2007/rif#',
    rr: 'http://www.w3.org/ns/r2rml#',
    schema: 'http://schema.org/',
    sd: 'http://www.w3.org/ns/sparql-service-description#',
    sioc: 'http://rdfs.org/sioc/ns#',
    skos: 'http://www.w3.org/2004/02/skos/core#',
    skosxl: 'http://www.w3.org/2008/05/skos-xl#',
    sosa: 'http://www.w3.org/ns/sosa/',
    ssn: 'http://www.w3.org/ns/ssn/',
    time: 'http://www.w3.org/2006/time#',
    v: 'http://rdf.data-vocabulary.org/#',
    vcard: 'http://www.w3.org/2006/vcard/ns#',
    void: 'http://rdfs.org/ns/void#',
    wdr: 'http://www.w3.org/2007/05/powder#',
    wdrs: 'http://www.w3.org/2007/05/powder-s#',
    xhv: 'http://www.w3.org/1999/xhtml/vocab#',
    xml: 'http://www.w3.org/XML/1998/namespace',
    xsd: 'http://www.w3.org/2001/XMLSchema#',
  }),
);

/** Schemes of IRIs without an authority; any other name before a colon has to be a prefix. */
const SCHEMES = new Set(['urn', 'mailto', 'tel', 'tag', 'data', 'did', 'geo', 'info', 'doi', 'uuid', 'sip']);

export class Values {
  readonly #yaml: YamlText;
  readonly #names: Names;

  constructor(yaml: YamlText, names: Names) {
    this.#yaml = yaml;
    this.#names = names;
  }

  /** A text without its ending `~iri`, and whether it had one. */
  typed(text: string): { readonly text: string; readonly iri: boolean } {
    return text.endsWith('~iri') ? { text: text.slice(0, -4), iri: true } : { text, iri: false };
  }

  /** Takes a text apart; prefixes are resolved. @throws FabricError `mapping-invalid` */
  parse(text: string, kind: ValueKind, at: YamlNode): Value {
    const scan = new Scan(text, this.#names.external);
    if (scan.problem !== undefined)
      this.#yaml.refuse(at, `has the value "${text}", in which ${scan.problem}`);
    const [head, ...tail] = scan.texts;
    return { texts: [this.#expand(head!, scan, kind, at), ...tail], references: scan.references };
  }

  /** A text that has to be a constant IRI. @throws FabricError `mapping-invalid` */
  iri(text: string, at: YamlNode, what: string): string {
    const { texts, references } = this.parse(this.typed(text).text, 'iri', at);
    if (references.length > 0) this.#yaml.refuse(at, `has ${what} "${text}", which has to be constant`);
    return texts[0]!;
  }

  #expand(head: string, { colon, references }: Scan, kind: ValueKind, at: YamlNode): string {
    const { prefixes, declared } = this.#names;
    if (colon < 0) {
      if (kind === 'iri' && references.length === 0) {
        this.#yaml.refuse(at, `has "${head}" where an IRI is needed; write it with its prefix or in full`);
      }
      return head;
    }
    const prefix = head.slice(0, colon);
    const rest = head.slice(colon + 1);
    if (rest.startsWith('//')) return head;
    const namespace = prefixes.get(prefix);
    if (kind !== 'iri') {
      const meant = namespace !== undefined && declared.has(prefix) && !rest.startsWith(' ');
      return meant ? namespace + rest : head;
    }
    if (namespace !== undefined) return namespace + rest;
    if (SCHEMES.has(prefix.toLowerCase())) return head;
    const near = nearest(prefix, prefixes.keys());
    const hint = near === undefined ? 'declare it under "prefixes"' : `did you mean "${near}"?`;
    return this.#yaml.refuse(at, `uses the prefix "${prefix}", which is not declared; ${hint}`);
  }
}

/** One pass over a text. */
class Scan {
  readonly texts: string[] = [];
  readonly references: string[] = [];
  /** Where the first colon of the first text is that may end a prefix. */
  colon = -1;
  problem: string | undefined;
  readonly #text: string;
  readonly #external: ReadonlyMap<string, string>;
  #part = '';

  constructor(text: string, external: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#external = external;
    for (let at = 0; at < text.length; ) at = this.#step(at);
    this.texts.push(this.#part);
  }

  #step(at: number): number {
    const character = this.#text[at]!;
    if (character === '\\' && '\\():'.includes(this.#text[at + 1] ?? ' ')) {
      this.#part += this.#text[at + 1]!;
      return at + 2;
    }
    if (character === '$' && this.#text[at + 1] === '(') return this.#reference(at + 2);
    if (character === ':' && this.colon < 0 && this.texts.length === 0) this.colon = this.#part.length;
    this.#part += character;
    return at + 1;
  }

  #reference(start: number): number {
    const external = this.#text[start] === '_';
    let name = '';
    let depth = 1;
    let at = this.#text.startsWith('\\_', start) ? start + 1 : start;
    for (; at < this.#text.length; at++) {
      let character = this.#text[at]!;
      const next = this.#text[at + 1] ?? ' ';
      if (character === '\\' && '\\():'.includes(next)) {
        character = next;
        at++;
      } else if (character === '(') depth++;
      else if (character === ')' && --depth === 0) break;
      name += character;
    }
    if (depth > 0) this.problem ??= 'a reference is not closed; write \\( and \\) for single parentheses';
    else if (name === '') this.problem ??= 'a reference is empty';
    const value = external ? this.#external.get(name.slice(1)) : undefined;
    if (value !== undefined) this.#part += value;
    else {
      this.texts.push(this.#part);
      this.references.push(name);
      this.#part = '';
    }
    return at + 1;
  }
}

/** Reads `prefixes` and `external`. @throws FabricError `mapping-invalid` */
export function readNames(yaml: YamlText, prefixes: Member | undefined, external: Member | undefined): Names {
  const read = (member: Member | undefined, what: string): ReadonlyMap<string, string> => {
    const members = member === undefined || yaml.isNull(member.value) ? [] : yaml.members(member.value, what);
    return new Map(members.map(({ name, value }) => [name, yaml.textOf(value, `"${name}" in ${what}`)]));
  };
  const own = read(prefixes, 'the prefixes');
  return {
    prefixes: new Map([...PREDEFINED, ...own]),
    declared: new Set(own.keys()),
    external: read(external, 'the external references'),
  };
}
