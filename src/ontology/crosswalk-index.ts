/**
 * The crosswalk tables compiled for lookup: from the IRI of any dialect to what has to be done with it.
 *
 * Built once; a lookup is one step in a map. Nothing here looks at data.
 */
import { namedNode, type RDF } from '../rdf/terms.ts';
import { type CrosswalkTables, DIALECTS, type IndividualRow, type PropertyRow } from './crosswalk-table.ts';
import type { EnumerationIndex, Reading } from './crosswalk-value.ts';

/** What to do with an attribute under one of its names. */
export interface Rule extends Reading {
  readonly aeros: RDF.NamedNode | undefined;
  readonly cf: readonly RDF.NamedNode[];
  /** The aerOS term runs from the object to the subject. */
  readonly aerosSwapped: boolean;
  /** The canonical term runs from the object to the subject. */
  readonly cfSwapped: boolean;
}

/** The rules of one attribute name: those of a class before the one for all others. */
export interface Rules {
  readonly byClass: ReadonlyMap<string, Rule>;
  readonly general: Rule | undefined;
}

export interface CrosswalkIndex {
  /** By the IRI of the predicate in any dialect, the wrong namespaces included. */
  readonly rules: ReadonlyMap<string, Rules>;
  /** By the IRI of the class in any dialect. */
  readonly classes: ReadonlyMap<string, RDF.NamedNode>;
  /** Known terms under a wrong namespace, to the right term. */
  readonly aliases: ReadonlyMap<string, RDF.NamedNode>;
  /** Namespaces whose terms should all be known. */
  readonly watched: readonly WatchedNamespace[];
  readonly functionalProperties: ReadonlySet<string>;
}

export interface WatchedNamespace {
  readonly iri: string;
  /** `term-unknown` in the namespaces of the ontology, `term-unmapped` in those of the dialects. */
  readonly code: 'term-unknown' | 'term-unmapped';
}

export function compileTables(tables: CrosswalkTables): CrosswalkIndex {
  const right = tables.namespaces.find((row) => row.role === 'v100')?.iri ?? '';
  const wrong = tables.namespaces.filter((row) => row.role === 'alias').map((row) => row.iri);
  const spell = (iri: string): readonly string[] =>
    iri.startsWith(right) ? [iri, ...wrong.map((namespace) => namespace + iri.slice(right.length))] : [iri];
  const enumerations = indexEnumerations(tables.individuals, spell);
  return {
    rules: indexRules(tables.properties, enumerations, spell),
    classes: new Map(
      tables.classes.flatMap((row) => {
        const canonical = namedNode(row.canonical);
        const names = [row.canonical, ...DIALECTS.flatMap((dialect) => row.names[dialect])];
        return names.flatMap(spell).map((iri) => [iri, canonical] as const);
      }),
    ),
    aliases: indexAliases(tables, spell, right),
    watched: tables.namespaces
      .filter((row) => row.role !== 'vocabulary' && row.role !== 'canonical')
      .map((row): WatchedNamespace => {
        const ontology = row.role === 'v100' || row.role === 'alias';
        return { iri: row.iri, code: ontology ? 'term-unknown' : 'term-unmapped' };
      }),
    functionalProperties: new Set(
      tables.properties
        .filter((row) => row.functional)
        // from the other end an inverse property has many values
        .flatMap((row) => [...(row.aeros === undefined || row.inverse ? [] : [row.aeros]), ...row.cf]),
    ),
  };
}

type Spell = (iri: string) => readonly string[];

function indexEnumerations(rows: readonly IndividualRow[], spell: Spell): Map<string, EnumerationIndex> {
  const building = new Map<
    string,
    { bySpelling: Map<string, RDF.NamedNode>; byIri: Map<string, RDF.NamedNode> }
  >();
  for (const row of rows) {
    const index = building.get(row.enumeration) ?? { bySpelling: new Map(), byIri: new Map() };
    building.set(row.enumeration, index);
    const canonical = namedNode(row.canonical);
    for (const spelling of row.spellings) index.bySpelling.set(spelling, canonical);
    for (const iri of [row.canonical, ...row.iris].flatMap(spell)) index.byIri.set(iri, canonical);
  }
  return new Map([...building].map(([name, index]) => [name, { name, ...index }]));
}

function indexRules(
  rows: readonly PropertyRow[],
  enumerations: ReadonlyMap<string, EnumerationIndex>,
  spell: Spell,
): Map<string, Rules> {
  const building = new Map<string, { byClass: Map<string, Rule>; general: Rule | undefined }>();
  const add = (iri: string, rule: Rule, appliesTo: string | undefined): void => {
    const rules = building.get(iri) ?? { byClass: new Map<string, Rule>(), general: undefined };
    building.set(iri, rules);
    if (appliesTo === undefined) rules.general ??= rule;
    else if (!rules.byClass.has(appliesTo)) rules.byClass.set(appliesTo, rule);
  };
  for (const row of rows) {
    for (const dialect of DIALECTS) {
      for (const { iri, factor } of row.names[dialect]) {
        // the ontology's own name of an inverse property runs its own way, and from another class
        const own = row.inverse && dialect === 'v100';
        const rule = makeRule(row, enumerations, {
          factor,
          aerosSwapped: row.inverse && !own,
          cfSwapped: own,
        });
        for (const name of spell(iri)) add(name, rule, own ? undefined : row.appliesTo);
      }
    }
  }
  // canonical terms come in too, from mappings of our own: their values are only put in canonical form
  for (const row of rows) {
    const rule = makeRule(row, enumerations, { canonical: true });
    for (const [index, iri] of row.cf.entries()) {
      if (!building.has(iri)) add(iri, { ...rule, cf: [rule.cf[index]!] }, undefined);
    }
  }
  return building;
}

function makeRule(
  row: PropertyRow,
  enumerations: ReadonlyMap<string, EnumerationIndex>,
  how: {
    factor?: Rule['factor'];
    canonical?: boolean;
    aerosSwapped?: boolean;
    cfSwapped?: boolean;
  },
): Rule {
  const optional = (iri: string | undefined) => (iri === undefined ? undefined : namedNode(iri));
  const canonical = how.canonical ?? false;
  return {
    row,
    factor: how.factor,
    canonical,
    aerosSwapped: how.aerosSwapped ?? false,
    cfSwapped: how.cfSwapped ?? false,
    aeros: canonical ? undefined : optional(row.aeros),
    cf: row.cf.map(namedNode),
    aerosDatatype: optional(row.aerosDatatype),
    cfDatatype: optional(row.cfDatatype),
    individuals: row.enumeration === undefined ? undefined : enumerations.get(row.enumeration),
  };
}

function indexAliases(tables: CrosswalkTables, spell: Spell, right: string): Map<string, RDF.NamedNode> {
  const known = [
    ...tables.classes.flatMap((row) => [row.canonical, ...row.names.v100]),
    ...tables.individuals.flatMap((row) => [row.canonical, ...row.iris]),
    ...tables.properties.flatMap((row) => [row.aeros ?? '', ...row.names.v100.map((name) => name.iri)]),
  ].filter((iri) => iri.startsWith(right));
  const aliases = new Map<string, RDF.NamedNode>();
  for (const iri of new Set(known)) {
    for (const alias of spell(iri).slice(1)) aliases.set(alias, namedNode(iri));
  }
  return aliases;
}
