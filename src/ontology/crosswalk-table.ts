/**
 * The crosswalk as data: the CSV tables of `ontology/crosswalk/`, read and checked row by row.
 *
 * A table that contradicts itself (two rows for one attribute, a spelling of two individuals, a factor that
 * is no number) is refused with its file and line: a wrong row would corrupt every record without a sound.
 */
import { type Line, readCsv, refuse, unique } from './crosswalk-csv.ts';
import { type Decimal, parseDecimal } from './decimal.ts';

/** The CSV texts of the four tables. */
export interface CrosswalkTexts {
  readonly classes: string;
  readonly properties: string;
  readonly individuals: string;
  readonly namespaces: string;
}

/** The dialects that have a column: ontology 1.0.0, live brokers, Smart Data Models, the 2023 prototype. */
export const DIALECTS = ['v100', 'live', 'sdm', 'mvp'] as const;
export type Dialect = (typeof DIALECTS)[number];

const KINDS = [
  'number',
  'ratio',
  'boolean',
  'string',
  'text',
  'dateTime',
  'iri',
  'enumeration',
  'geo-point',
  'geo-area',
  'json',
  'secret',
] as const;
export type Kind = (typeof KINDS)[number];

/** What a namespace is to us; `alias` is a wrong namespace of the dialect `v100`. */
export type NamespaceRole = 'canonical' | 'vocabulary' | 'core' | 'alias' | Dialect;

export interface NamespaceRow {
  readonly prefix: string;
  readonly iri: string;
  readonly role: NamespaceRole;
}

/** A name of a concept in one dialect, and what a value is multiplied by to be in the unit of the row. */
export interface AttributeName {
  readonly iri: string;
  readonly factor: Decimal | undefined;
}

export interface ClassRow {
  readonly name: string;
  readonly canonical: string;
  readonly names: Readonly<Record<Dialect, readonly string[]>>;
}

export interface IndividualRow {
  readonly enumeration: string;
  readonly canonical: string;
  /** Every value by which a dialect means it, bare. */
  readonly spellings: readonly string[];
  /** IRIs by which a dialect means it. */
  readonly iris: readonly string[];
}

/** One concept: its terms, its unit, and its name in each dialect. */
export interface PropertyRow {
  readonly concept: string;
  readonly aeros: string | undefined;
  readonly aerosDatatype: string | undefined;
  /** Canonical terms: one, or two for a point. */
  readonly cf: readonly string[];
  readonly cfDatatype: string | undefined;
  /** The unit of the aerOS term, for people. */
  readonly unit: string;
  /** Canonical value = value in the unit of the row × this. */
  readonly cfFactor: Decimal | undefined;
  readonly kind: Kind;
  readonly enumeration: string | undefined;
  /** Canonical class to whose instances the row is limited; undefined: to all that no other row names. */
  readonly appliesTo: string | undefined;
  /** The aerOS term has subject and object the other way round than the dialects. */
  readonly inverse: boolean;
  readonly functional: boolean;
  /** Values that mean "unknown". */
  readonly sentinels: readonly string[];
  readonly names: Readonly<Record<Dialect, readonly AttributeName[]>>;
  /** Line in properties.csv. */
  readonly line: number;
}

export interface CrosswalkTables {
  readonly namespaces: readonly NamespaceRow[];
  readonly classes: readonly ClassRow[];
  readonly properties: readonly PropertyRow[];
  readonly individuals: readonly IndividualRow[];
}

/**
 * Reads the four tables.
 *
 * @throws FabricError `config-invalid` with file and line
 */
export function readTables(texts: CrosswalkTexts): CrosswalkTables {
  const namespaces = readNamespaces(texts.namespaces);
  const names = new Names(namespaces);
  const classes = readClasses(texts.classes, names);
  const individuals = readIndividuals(texts.individuals, names);
  const enumerations = new Set(individuals.map((row) => row.enumeration));
  const classOf = new Map(classes.map((row) => [row.name, row.canonical]));
  const properties = readProperties(texts.properties, names, classOf, enumerations);
  return { namespaces, classes, properties, individuals };
}

function readNamespaces(text: string): NamespaceRow[] {
  const once = unique('Prefix');
  return readCsv('namespaces.csv', text, ['prefix', 'namespace', 'role']).map((row) => {
    const [kind = '', name] = row.cell('role').split(':');
    const role = kind === 'dialect' ? name : kind;
    const known: readonly string[] = ['canonical', 'vocabulary', 'core', 'alias', ...DIALECTS];
    if (role === undefined || !known.includes(role))
      throw refuse(row, `role ${row.cell('role')} is not known`);
    once(row, row.cell('prefix'));
    return { prefix: row.cell('prefix'), iri: row.cell('namespace'), role: role as NamespaceRole };
  });
}

/** Resolves the short names of the cells. */
class Names {
  readonly #byPrefix: ReadonlyMap<string, string>;
  readonly #byRole: ReadonlyMap<NamespaceRole, string>;

  constructor(namespaces: readonly NamespaceRow[]) {
    this.#byPrefix = new Map(namespaces.map((row) => [row.prefix, row.iri]));
    // the first namespace of a dialect is the one of its bare names
    this.#byRole = new Map([...namespaces].reverse().map((row) => [row.role, row.iri]));
  }

  /** `prefix:name`, or a bare name in the namespace of `role`. */
  iri(at: Line, name: string, role: NamespaceRole): string {
    const colon = name.indexOf(':');
    const namespace = colon < 0 ? this.#byRole.get(role) : this.#byPrefix.get(name.slice(0, colon));
    if (namespace === undefined) throw refuse(at, `${name} has no namespace`);
    return namespace + name.slice(colon + 1);
  }

  optional(at: Line, name: string, role: NamespaceRole): string | undefined {
    return name === '' ? undefined : this.iri(at, name, role);
  }
}

function perDialect<T>(read: (dialect: Dialect) => T): Record<Dialect, T> {
  return { v100: read('v100'), live: read('live'), sdm: read('sdm'), mvp: read('mvp') };
}

function readClasses(text: string, names: Names): ClassRow[] {
  const once = unique('Class');
  const onceSpelt = unique('Name');
  return readCsv('classes.csv', text, ['class', 'canonical', ...DIALECTS]).map((row) => {
    once(row, row.cell('class'));
    const spelt = perDialect((dialect) => row.list(dialect).map((name) => names.iri(row, name, dialect)));
    for (const iri of Object.values(spelt).flat()) onceSpelt(row, iri);
    return {
      name: row.cell('class'),
      canonical: names.iri(row, row.cell('canonical'), 'v100'),
      names: spelt,
    };
  });
}

function readIndividuals(text: string, names: Names): IndividualRow[] {
  const once = unique('Spelling');
  const columns = ['enumeration', 'individual', ...DIALECTS, 'aliases'];
  return readCsv('individuals.csv', text, columns).map((row) => {
    const enumeration = row.cell('enumeration');
    const ontological = (['v100', 'mvp'] as const).flatMap((dialect) =>
      row.list(dialect).map((name) => names.iri(row, name, dialect)),
    );
    const bare = [...DIALECTS, 'aliases'].flatMap((column) => row.list(column));
    const spellings = [...new Set(bare.map((value) => value.toLowerCase()))];
    for (const spelling of spellings) once(row, `${spelling} of ${enumeration}`);
    const canonical = names.iri(row, row.cell('individual'), 'v100');
    return { enumeration, canonical, spellings, iris: ontological };
  });
}

const PROPERTY_COLUMNS = [
  'concept',
  'aeros',
  'aerosDatatype',
  'cf',
  'cfDatatype',
  'unit',
  'cfFactor',
  'kind',
  'appliesTo',
  'direction',
  'functional',
  'sentinels',
  ...DIALECTS,
];

function readProperties(
  text: string,
  names: Names,
  classOf: ReadonlyMap<string, string>,
  enumerations: ReadonlySet<string>,
): PropertyRow[] {
  const once = unique('Concept');
  const onceSpelt = unique('Attribute');
  return readCsv('properties.csv', text, PROPERTY_COLUMNS).map((row) => {
    const read = readProperty(row, names, classOf, enumerations);
    once(row, read.concept);
    for (const dialect of DIALECTS) {
      for (const { iri } of read.names[dialect]) {
        onceSpelt(row, `<${iri}> in ${dialect} of ${read.appliesTo ?? 'any class'}`);
      }
    }
    return read;
  });
}

function readProperty(
  row: Line,
  names: Names,
  classOf: ReadonlyMap<string, string>,
  enumerations: ReadonlySet<string>,
): PropertyRow {
  const [kind = '', enumeration] = row.cell('kind').split(':');
  if (!(KINDS as readonly string[]).includes(kind)) throw refuse(row, `kind ${kind} is not known`);
  if (kind === 'enumeration' && !enumerations.has(enumeration ?? '')) {
    throw refuse(row, `enumeration ${enumeration ?? ''} has no individuals`);
  }
  const appliesTo = row.cell('appliesTo');
  if (appliesTo !== '' && !classOf.has(appliesTo))
    throw refuse(row, `class ${appliesTo} is not in classes.csv`);
  const aeros = names.optional(row, row.cell('aeros'), 'v100');
  const cf = row.list('cf').map((name) => names.iri(row, name, 'canonical'));
  if (aeros === undefined && cf.length === 0 && kind !== 'secret') throw refuse(row, 'the row names no term');
  return {
    concept: row.cell('concept'),
    aeros,
    aerosDatatype: names.optional(row, row.cell('aerosDatatype'), 'vocabulary'),
    cf,
    cfDatatype: names.optional(row, row.cell('cfDatatype'), 'vocabulary'),
    unit: row.cell('unit'),
    cfFactor: readFactor(row, row.cell('cfFactor')),
    kind: kind as Kind,
    enumeration,
    appliesTo: classOf.get(appliesTo),
    inverse: row.cell('direction') === 'inverse',
    functional: row.cell('functional') === 'yes',
    sentinels: row.list('sentinels').map((value) => (value === '(empty)' ? '' : value)),
    names: perDialect((dialect) =>
      row.list(dialect).map((name) => {
        const [short = '', factor = ''] = name.split('*');
        return { iri: names.iri(row, short, dialect), factor: readFactor(row, factor) };
      }),
    ),
    line: row.line,
  };
}

function readFactor(row: Line, text: string): Decimal | undefined {
  if (text === '') return undefined;
  const factor = parseDecimal(text);
  if (!factor || factor.digits === '') throw refuse(row, `factor ${text} is not a number other than 0`);
  return factor;
}
