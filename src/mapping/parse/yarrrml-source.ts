/**
 * Sources and targets of YARRRML: named at the root, or written where they are used, in full or as a list.
 */
import { nearest } from '../../errors.ts';
import { literal, namedNode, type RDF } from '../../rdf/terms.ts';
import { rml } from '../vocabulary.ts';
import { CSVW, D2RQ, HCTL, SD, TD } from './namespaces.ts';
import type { Fields, Reading } from './yarrrml-builder.ts';
import type { Keys, Member, YamlNode } from './yarrrml-document.ts';

type Resource = RDF.NamedNode | RDF.BlankNode;

const R2RML = 'http://www.w3.org/ns/r2rml#';

const SOURCE_KEYS: Keys = {
  access: [],
  type: [],
  credentials: [],
  queryFormulation: [],
  query: [],
  table: [],
  encoding: [],
  compression: [],
  delimiter: [],
  contentType: [],
  operationType: [],
  security: [],
  referenceFormulation: [],
  iterator: [],
};
const CREDENTIAL_KEYS: Keys = { username: [], password: [] };

const FORMULATIONS: ReadonlyMap<string, string> = new Map([
  ['csv', rml('CSV')],
  ['jsonpath', rml('JSONPath')],
  ['xpath', rml('XPath')],
  ['ndjson', 'https://w3id.org/continuum-fabric/ns#NDJSON'],
]);

/** Types of databases, with what JDBC calls them. */
const DATABASES: ReadonlyMap<string, string> = new Map([
  ['mysql', 'mysql'],
  ['mariadb', 'mariadb'],
  ['postgresql', 'postgresql'],
  ['sqlite', 'sqlite'],
  ['oracle', 'oracle'],
  ['mssql', 'sqlserver'],
  ['mssqlserver', 'sqlserver'],
  ['db2', 'db2'],
]);
const OTHER_TYPES = ['localfile', 'remotefile', 'sparql', 'wot', 'mqtt'];

/** Query formulations with what R2RML calls them. */
const QUERY_FORMULATIONS: ReadonlyMap<string, string | undefined> = new Map([
  ['sql2008', 'SQL2008'],
  ['sql2011', undefined],
  ['sql2016', undefined],
  ['sparql11', undefined],
  ['oracle', 'Oracle'],
  ['mysql', 'MySQL'],
  ['postgresql', 'PostgreSQL'],
  ['mssql', 'MSSQLServer'],
  ['mssqlserver', 'MSSQLServer'],
  ['db2', 'DB2'],
  ['sqlite', undefined],
  ['mariadb', undefined],
]);

/** A source, and the property that triples maps have it by. */
export interface SourceNode {
  readonly node: Resource;
  readonly property: 'logicalSource' | 'logicalTable';
}

const logicalSource = (node: Resource): SourceNode => ({ node, property: 'logicalSource' });

export class Sources {
  readonly #reading: Reading;
  readonly #named = new Map<string, Member>();
  readonly #made = new Map<string, SourceNode>();
  /** Namespaces for XPath: those that the document declares. */
  readonly #namespaces: ReadonlyMap<string, string>;

  constructor(reading: Reading, member: Member | undefined, namespaces: ReadonlyMap<string, string>) {
    this.#reading = reading;
    this.#namespaces = namespaces;
    if (member === undefined || reading.yaml.isNull(member.value)) return;
    for (const named of reading.yaml.members(member.value, 'the sources')) this.#named.set(named.name, named);
  }

  /** States every named source: one that no mapping uses has to be right too. */
  stateAll(): void {
    for (const name of this.#named.keys()) this.#byName(name);
  }

  /** The logical sources that a mapping lists. @throws FabricError `mapping-invalid` */
  of(member: Member | undefined): readonly SourceNode[] {
    if (member === undefined) return [];
    const { yaml } = this.#reading;
    const nodes = yaml.list(member.value);
    const [first, second] = nodes.map((node) => yaml.text(node));
    // [access~formulation, iterator] in place of a list of such lists
    const single =
      yaml.items(member.value) !== undefined &&
      nodes.length === 2 &&
      first?.includes('~') === true &&
      second !== undefined &&
      !second.includes('~') &&
      !this.#named.has(second);
    if (single) return [logicalSource(this.#short(member.value, nodes))];
    return nodes.map((node) => this.#source(node));
  }

  #source(node: YamlNode): SourceNode {
    const { yaml } = this.#reading;
    const items = yaml.items(node);
    if (items !== undefined) return logicalSource(this.#short(node, items));
    const text = yaml.text(node);
    if (text === undefined) return this.#long(node);
    if (this.#named.has(text)) return this.#byName(text);
    if (text.includes('~')) return logicalSource(this.#short(node, [node]));
    const near = nearest(text, this.#named.keys());
    const isPath = /[/.]/.test(text);
    const declare = isPath
      ? `a path needs its formulation, as in "${text}~csv"`
      : 'declare it under "sources"';
    const hint = near === undefined ? declare : `did you mean "${near}"?`;
    return yaml.refuse(node, `uses the source "${text}", which is not declared; ${hint}`);
  }

  #byName(name: string): SourceNode {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const { yaml } = this.#reading;
    const { value } = this.#named.get(name)!;
    const items = yaml.items(value) ?? (yaml.text(value) === undefined ? undefined : [value]);
    const made = items === undefined ? this.#long(value) : logicalSource(this.#short(value, items));
    this.#made.set(name, made);
    return made;
  }

  /** `[access~formulation, iterator]` */
  #short(at: YamlNode, items: readonly YamlNode[]): Resource {
    const { yaml, builder } = this.#reading;
    const [access, iterator] = items;
    if (access === undefined || items.length > 2) {
      return yaml.refuse(at, 'has a source that is not of the form [access~referenceFormulation, iterator]');
    }
    const text = yaml.textOf(access, 'the access of a source');
    const tilde = text.lastIndexOf('~');
    if (tilde < 0)
      return yaml.refuse(
        access,
        `has the source "${text}" without its reference formulation, as in "${text}~csv"`,
      );
    const node = builder.node(at, 'the source');
    builder.type(node, 'LogicalSource', at);
    builder.text(node, 'source', text.slice(0, tilde), access);
    this.#formulation(node, text.slice(tilde + 1), access);
    if (iterator !== undefined && !yaml.isNull(iterator)) {
      builder.text(node, 'iterator', yaml.textOf(iterator, 'an iterator'), iterator);
    }
    return node;
  }

  #long(at: YamlNode): SourceNode {
    const { yaml, builder } = this.#reading;
    const fields = yaml.fields(at, 'a source', SOURCE_KEYS);
    const node = builder.node(at, 'the source');
    const access = fields.get('access');
    if (access === undefined) return this.#table(node, fields, at);
    builder.type(node, 'LogicalSource', at);
    this.#access(node, fields, access);
    for (const name of ['iterator', 'query'] as const) {
      const member = fields.get(name);
      if (member) builder.text(node, name, yaml.textOf(member.value, name), member.value);
    }
    const table = fields.get('table');
    if (table) builder.text(node, 'tableName', yaml.textOf(table.value, 'table'), table.value);
    const formulation = fields.get('referenceFormulation');
    if (formulation) {
      this.#formulation(node, yaml.textOf(formulation.value, 'a reference formulation'), formulation.value);
    }
    this.#queryFormulation(node, fields.get('queryFormulation'));
    return logicalSource(node);
  }

  /** As in R2RML: a table or a query, and the database is given from outside. */
  #table(node: Resource, fields: Fields, at: YamlNode): SourceNode {
    const { yaml, builder } = this.#reading;
    if (!fields.has('table') && !fields.has('query')) yaml.refuse(at, 'has a source without "access"');
    builder.type(node, 'LogicalTable', at);
    for (const [name, member] of fields) {
      if (name === 'queryFormulation') this.#queryFormulation(node, member);
      else if (name === 'table')
        builder.text(node, 'tableName', yaml.textOf(member.value, name), member.value);
      else if (name === 'query')
        builder.text(node, 'sqlQuery', yaml.textOf(member.value, name), member.value);
      else if (name !== 'referenceFormulation') {
        yaml.refuse(member.key, `has "${name}" on a source without "access"`);
      }
    }
    return { node, property: 'logicalTable' };
  }

  #formulation(node: Resource, name: string, at: YamlNode): void {
    const { yaml, builder } = this.#reading;
    const iri = FORMULATIONS.get(name.toLowerCase());
    if (iri === undefined) {
      const near = nearest(name, FORMULATIONS.keys());
      const hint =
        near === undefined ? `known: ${[...FORMULATIONS.keys()].join(', ')}` : `did you mean "${near}"?`;
      return yaml.refuse(at, `has the unknown reference formulation "${name}"; ${hint}`);
    }
    if (iri !== rml('XPath') || this.#namespaces.size === 0) {
      builder.add(node, 'referenceFormulation', namedNode(iri), at);
      return;
    }
    const formulation = builder.node(at, 'the reference formulation');
    builder.type(formulation, 'XPathReferenceFormulation', at);
    for (const [prefix, url] of this.#namespaces) {
      if (prefix === '') continue; // XPath 1.0 has no default namespace
      const namespace = builder.node(at, `the namespace "${prefix}"`);
      builder.add(formulation, 'namespace', namespace, at);
      builder.text(namespace, 'namespacePrefix', prefix, at);
      builder.text(namespace, 'namespaceURL', url, at);
    }
    builder.add(node, 'referenceFormulation', formulation, at);
  }

  #queryFormulation(node: Resource, member: Member | undefined): void {
    if (member === undefined) return;
    const { yaml, builder } = this.#reading;
    const name = yaml.textOf(member.value, 'a query formulation');
    if (!QUERY_FORMULATIONS.has(name)) {
      const known = [...QUERY_FORMULATIONS.keys()].join(', ');
      yaml.refuse(member.value, `has the unknown query formulation "${name}"; known: ${known}`);
    }
    const version = QUERY_FORMULATIONS.get(name);
    if (version !== undefined) builder.add(node, 'sqlVersion', namedNode(R2RML + version), member.value);
  }

  #access(node: Resource, fields: Fields, member: Member): void {
    const { yaml } = this.#reading;
    const typed = fields.get('type');
    const type = typed === undefined ? 'localfile' : yaml.textOf(typed.value, 'a type');
    const database = DATABASES.get(type);
    const access = yaml.textOf(member.value, 'the access of a source');
    for (const name of ['contentType', 'operationType', 'security']) {
      const extra = fields.get(name);
      if (extra && type !== 'wot')
        yaml.refuse(extra.key, `has "${name}" on a source that is not of the type wot`);
    }
    const credentials = fields.get('credentials');
    if (credentials && database === undefined) {
      yaml.refuse(credentials.key, `has credentials for a source of the type "${type}"; databases take them`);
    }
    if (database !== undefined) this.#database(node, { access, database, credentials }, member);
    else if (type === 'sparql') this.#service(node, access, member.value);
    else if (type === 'wot' || type === 'mqtt') this.#thing(node, access, fields, member.value);
    else if (OTHER_TYPES.includes(type)) this.#file(node, access, fields, member.value);
    else {
      const known = [...OTHER_TYPES, ...DATABASES.keys()];
      const near = nearest(type, known);
      const hint = near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`;
      yaml.refuse(typed!.value, `has the unknown source type "${type}"; ${hint}`);
    }
  }

  #file(node: Resource, access: string, fields: Fields, at: YamlNode): void {
    const { yaml, builder } = this.#reading;
    const encoding = fields.get('encoding');
    const compression = fields.get('compression');
    const delimiter = fields.get('delimiter');
    if (encoding) builder.text(node, 'encoding', yaml.textOf(encoding.value, 'an encoding'), encoding.value);
    if (compression) {
      const name = yaml.textOf(compression.value, 'a compression');
      builder.add(node, 'compression', namedNode(rml(COMPRESSIONS.get(name) ?? name)), compression.value);
    }
    if (delimiter === undefined) {
      builder.text(node, 'source', access, at);
      return;
    }
    const table = builder.node(at, 'the source');
    builder.add(node, 'source', table, at);
    builder.add(table, `${CSVW}url`, literal(access), at);
    const dialect = builder.node(delimiter.value, 'the delimiter');
    builder.add(table, `${CSVW}dialect`, dialect, delimiter.value);
    const text = yaml.textOf(delimiter.value, 'a delimiter');
    builder.add(dialect, `${CSVW}delimiter`, literal(text), delimiter.value);
  }

  #database(
    node: Resource,
    given: { readonly access: string; readonly database: string; readonly credentials: Member | undefined },
    { value: at }: Member,
  ): void {
    const { yaml, builder } = this.#reading;
    const { access, database, credentials } = given;
    const source = builder.node(at, 'the database');
    builder.add(node, 'source', source, at);
    builder.type(source, `${D2RQ}Database`, at);
    const dsn = /^(?:jdbc|[a-z]+\+?[a-z]*):/i.test(access) && !/^https?:/i.test(access);
    const address = access.replace(/^https?:\/\//i, '//');
    builder.add(source, `${D2RQ}jdbcDSN`, literal(dsn ? access : `jdbc:${database}:${address}`), at);
    if (credentials === undefined) return;
    for (const { name, value } of yaml
      .fields(credentials.value, 'the credentials', CREDENTIAL_KEYS)
      .values()) {
      builder.add(source, D2RQ + name, literal(yaml.textOf(value, name)), value);
    }
  }

  #service(node: Resource, access: string, at: YamlNode): void {
    const { builder } = this.#reading;
    const service = builder.node(at, 'the SPARQL endpoint');
    builder.add(node, 'source', service, at);
    builder.type(service, `${SD}Service`, at);
    builder.add(service, `${SD}endpoint`, namedNode(access), at);
  }

  /** A Web thing: one property that is read, with what the document says of its form. */
  #thing(node: Resource, access: string, fields: Fields, at: YamlNode): void {
    const { yaml, builder } = this.#reading;
    const operation = fields.get('operationType');
    if (operation && yaml.text(operation.value) !== 'read') {
      yaml.refuse(operation.value, 'has an operation type other than "read" on a source');
    }
    const security = fields.get('security');
    if (security && yaml.text(security.value) !== 'none') {
      yaml.refuse(security.value, 'asks for credentials of a Web thing; only "none" is supported');
    }
    const thing = builder.node(at, 'the Web thing');
    const property = builder.node(at, 'the property of the Web thing');
    const form = builder.node(at, 'the form of the Web thing');
    builder.add(node, 'source', thing, at);
    builder.add(thing, `${TD}hasPropertyAffordance`, property, at);
    builder.add(property, `${TD}hasForm`, form, at);
    builder.add(form, `${HCTL}hasTarget`, literal(access), at);
    const content = fields.get('contentType');
    if (content) {
      builder.add(
        form,
        `${HCTL}forContentType`,
        literal(yaml.textOf(content.value, 'a content type')),
        content.value,
      );
    }
  }
}

/** Compressions with what RML calls them. */
export const COMPRESSIONS: ReadonlyMap<string, string> = new Map([
  ['gzip', 'gzip'],
  ['zip', 'zip'],
  ['targzip', 'targz'],
  ['targz', 'targz'],
  ['tarxz', 'tarxz'],
]);
