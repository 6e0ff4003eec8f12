/**
 * The datatypes whose literals are kept as numbers in the place of text, by a code.
 *
 * Codes stand in ids and in files: an entry may be added at the end, none may change its place.
 */
import { namedNode, type RDF } from '../../rdf/terms.ts';
import { NS } from '../../rdf/vocab.ts';

const LOCAL_NAMES = [
  'integer',
  'decimal',
  'double',
  'float',
  'long',
  'int',
  'short',
  'byte',
  'nonNegativeInteger',
  'positiveInteger',
  'nonPositiveInteger',
  'negativeInteger',
  'unsignedLong',
  'unsignedInt',
  'unsignedShort',
  'unsignedByte',
  'dateTime',
  'date',
  'boolean',
] as const;

/** The place of a datatype in {@link DATATYPES}. */
export type DatatypeCode = number;

export const [INTEGER, DECIMAL, DOUBLE, FLOAT] = [0, 1, 2, 3] as const;
/** The types derived from integer, from here to {@link LAST_DERIVED}. */
export const FIRST_DERIVED = 4;
export const LAST_DERIVED = 15;
export const DATE_TIME = 16;
export const DATE = 17;
export const BOOLEAN = 18;

export const DATATYPES: readonly RDF.NamedNode[] = LOCAL_NAMES.map((name) => namedNode(NS.xsd + name));

const CODES = new Map<string, DatatypeCode>(DATATYPES.map(({ value }, code) => [value, code]));

/** The code of a datatype; undefined: its literals are text. */
export const codeOfDatatype = (iri: string): DatatypeCode | undefined => CODES.get(iri);

export const isInteger = (type: DatatypeCode): boolean =>
  type === INTEGER || (type >= FIRST_DERIVED && type <= LAST_DERIVED);

/** What stands before the local name of a datatype, from the quote that ends the lexical form. */
const BEFORE_NAME = new TextEncoder().encode(`"^^<${NS.xsd}`);
const HASH_SIGN = 35;
const GREATER = 62;
const LONGEST_NAME = Math.max(...LOCAL_NAMES.map((name) => name.length));

const mixed = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

/** By a hash of the local name, read backwards; the names are so few that a test shows there is no collision. */
const BY_HASH = new Map<number, DatatypeCode>(
  LOCAL_NAMES.map((name, code) => [
    [...new TextEncoder().encode(name)].reverse().reduce((hash, byte) => mixed(hash, byte), 0),
    code,
  ]),
);
const NAMES = LOCAL_NAMES.map((name) => new TextEncoder().encode(name));
if (BY_HASH.size < LOCAL_NAMES.length) throw new Error('Two datatypes have one hash');

/** The code of the datatype of a literal in N-Triples that ends at `to`; negative: its literals are text. */
export function codeOfSuffix(bytes: Uint8Array, from: number, to: number): DatatypeCode {
  if (bytes[to - 1] !== GREATER) return -1;
  let at = to - 2;
  let hash = 0;
  const first = Math.max(from, to - 2 - LONGEST_NAME);
  for (; at >= first && bytes[at] !== HASH_SIGN; at--) hash = mixed(hash, bytes[at]!);
  const code = BY_HASH.get(hash);
  if (code === undefined) return -1;
  const name = NAMES[code]!;
  const start = at + 1 - BEFORE_NAME.length;
  if (start <= from || to - 2 - at !== name.length) return -1;
  for (let i = 0; i < name.length; i++) if (bytes[at + 1 + i] !== name[i]) return -1;
  for (let i = 0; i < BEFORE_NAME.length; i++) if (bytes[start + i] !== BEFORE_NAME[i]) return -1;
  return code;
}

/** How many bytes stand after the lexical form of a literal of a datatype. */
export const suffixLength = (code: DatatypeCode): number => BEFORE_NAME.length + NAMES[code]!.length + 1;
