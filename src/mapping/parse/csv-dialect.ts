/**
 * How a table is written: CSVW dialect descriptions of a mapping, in normal form (CSVW metadata, section 5.9).
 *
 * What would change the reading and is not understood is refused, never passed over.
 */
import { nearest } from '../../errors.ts';
import type { CsvDialect } from '../normal-form.ts';
import type { MappingGraph, Resource } from './mapping-graph.ts';
import { CSVW } from './namespaces.ts';

/** Tab-separated tables are told by their ending, as no formulation of RML names them. */
const TAB_SEPARATED = /\.(?:tsv|tab)(?:\.(?:gz|zip|tar|tgz|xz))*$/i;

/** Properties of a dialect that change nothing here. */
const WITHOUT_EFFECT = ['encoding'];

type Mutable = { -readonly [Name in keyof CsvDialect]: CsvDialect[Name] };
type Read = (dialect: Mutable, value: string, refuse: (problem: string) => never) => void;

const READ: Readonly<Record<string, Read>> = {
  delimiter: (dialect, value, refuse) => {
    const text = value === '\\t' ? '\t' : value;
    if (text.length !== 1) refuse(`has the delimiter "${value}"; one character is supported`);
    dialect.delimiter = text;
  },
  quoteChar: (dialect, value, refuse) => {
    if (value.length > 1) refuse(`has the quoteChar "${value}"; one character is supported`);
    dialect.quoteChar = value === '' ? null : value;
  },
  doubleQuote: (dialect, value, refuse) => {
    dialect.doubleQuote = truth(value, refuse);
  },
  commentPrefix: (dialect, value) => {
    if (value !== '') dialect.commentPrefix = value;
  },
  header: (dialect, value, refuse) => {
    dialect.header = truth(value, refuse);
  },
  headerRowCount: (dialect, value, refuse) => {
    dialect.headerRowCount = count(value, refuse);
  },
  skipRows: (dialect, value, refuse) => {
    dialect.skipRows = count(value, refuse);
  },
  skipColumns: (dialect, value, refuse) => {
    dialect.skipColumns = count(value, refuse);
  },
  skipBlankRows: (dialect, value, refuse) => {
    dialect.skipBlankRows = truth(value, refuse);
  },
  skipInitialSpace: (dialect, value, refuse) => {
    dialect.skipInitialSpace = truth(value, refuse);
  },
  trim: (dialect, value, refuse) => {
    if (value === 'start' || value === 'end') dialect.trim = value;
    else dialect.trim = truth(value, refuse) ? 'both' : 'none';
  },
  lineTerminators: (_dialect, value, refuse) => {
    if (!['\r\n', '\n', '\\r\\n', '\\n'].includes(value)) {
      refuse(`has the line terminator "${value}"; rows end at CRLF, LF or CR`);
    }
  },
};

const truth = (value: string, refuse: (problem: string) => never): boolean => {
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0'
    ? false
    : refuse(`has "${value}", which is neither true nor false`);
};

const count = (value: string, refuse: (problem: string) => never): number =>
  /^\d{1,9}$/.test(value) ? Number(value) : refuse(`has "${value}", which is no count`);

/**
 * The dialect of a source; undefined when it is plain RFC 4180.
 *
 * @throws FabricError `mapping-invalid`
 */
export function dialectOf(
  graph: MappingGraph,
  source: Resource | undefined,
  location: string | undefined,
): CsvDialect | undefined {
  const dialect: Mutable = location !== undefined && TAB_SEPARATED.test(location) ? { delimiter: '\t' } : {};
  if (source !== undefined) readDialects(graph, source, dialect);
  return Object.keys(dialect).length === 0 ? undefined : dialect;
}

function readDialects(graph: MappingGraph, source: Resource, dialect: Mutable): void {
  if (graph.has(source, `${CSVW}tableSchema`)) {
    graph.refuse(source, 'has a csvw:tableSchema, which is not supported; name datatypes in the object maps');
  }
  // The registry writes the delimiter of a table as csvw:separator.
  const separator = graph.optional(source, `${CSVW}separator`)?.value;
  const refuse = (problem: string): never => graph.refuse(source, problem);
  if (separator !== undefined) READ['delimiter']!(dialect, separator, refuse);
  const node = graph.optional(source, `${CSVW}dialect`);
  if (node === undefined) return;
  if (node.termType === 'Literal') graph.refuse(source, 'has a csvw:dialect that is a literal');
  for (const property of graph.propertiesOf(node)) {
    if (!property.startsWith(CSVW)) continue;
    const name = property.slice(CSVW.length);
    if (WITHOUT_EFFECT.includes(name)) continue;
    const read = Object.hasOwn(READ, name) ? READ[name] : undefined;
    if (read === undefined) {
      const near = nearest(name, Object.keys(READ));
      const hint =
        near === undefined ? `known: ${Object.keys(READ).join(', ')}` : `did you mean csvw:${near}?`;
      graph.refuse(node, `has csvw:${name}, which no dialect has; ${hint}`);
    }
    read(dialect, graph.optional(node, property)!.value, (problem) =>
      graph.refuse(node, `${problem} (csvw:${name})`),
    );
  }
}

/** Texts that a CSVW table names as null. */
export function nullsOfTable(graph: MappingGraph, source: Resource | undefined): readonly string[] {
  return source === undefined ? [] : graph.all(source, `${CSVW}null`).map((value) => value.value);
}
