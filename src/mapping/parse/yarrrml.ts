/**
 * A mapping in YARRRML as statements: YAML becomes RML, and every statement knows its place in the YAML.
 *
 * What RML can say is stated; what it cannot is refused, never passed over. Values have no natural datatypes,
 * as YARRRML stands for the RML that came before them.
 */
import type { MappingStatements, MappingText } from './statements.ts';
import { StatementBuilder } from './yarrrml-builder.ts';
import { type Keys, YamlText } from './yarrrml-document.ts';
import { Functions } from './yarrrml-function.ts';
import { Mappings } from './yarrrml-mapping.ts';
import { Sources } from './yarrrml-source.ts';
import { Targets } from './yarrrml-target.ts';
import { Terms } from './yarrrml-term.ts';
import { readNames, Values } from './yarrrml-value.ts';

const ROOT_KEYS: Keys = {
  prefixes: ['prefix'],
  base: [],
  /** Says who wrote the mapping, and nothing about what it makes. */
  authors: ['author', 'a'],
  external: [],
  sources: ['source', 's'],
  targets: ['target', 't'],
  mappings: ['mapping', 'm'],
};

/** What the IRIs of triples maps begin with in a document without a base. */
const MAPPING_BASE = 'http://mapping.example.com/';

/** @throws FabricError `syntax-error` for what is no YAML, `mapping-invalid` for what is no YARRRML */
export function readYarrrml({ text, name }: MappingText): MappingStatements {
  const yaml = new YamlText(text, name);
  const { root } = yaml;
  const fields = yaml.fields(root, 'the document', ROOT_KEYS);
  const mappings = fields.get('mappings');
  if (mappings === undefined) return yaml.refuse(root, 'has no "mappings"');
  const names = readNames(yaml, fields.get('prefixes'), fields.get('external'));
  const base = fields.get('base');
  const declaredBase = base === undefined ? undefined : yaml.textOf(base.value, 'a base');
  const builder = new StatementBuilder(yaml);
  const reading = { yaml, builder, values: new Values(yaml, names) };
  const declared = new Map([...names.prefixes].filter(([prefix]) => names.declared.has(prefix)));
  const sources = new Sources(reading, fields.get('sources'), declared);
  const targets = new Targets(reading, fields.get('targets'));
  const functions = new Functions(reading);
  const terms = new Terms(reading, functions, targets);
  const parts = { sources, targets, functions, terms, base: declaredBase ?? MAPPING_BASE };
  new Mappings(reading, parts).state(mappings);
  sources.stateAll();
  targets.stateAll();
  return {
    quads: builder.quads,
    prefixes: names.prefixes,
    declaredBase,
    legacy: true,
    labels: builder.labels,
    positions: () => builder.positions(),
  };
}
