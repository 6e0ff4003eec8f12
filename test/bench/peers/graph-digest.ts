/**
 * Whether two engines made the same graph: a digest of N-Triples that does not depend on order, repetition,
 * escapes, or the lexical form of doubles, which some engines make canonical.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Parser } from 'n3';
import { type RDF, toNQuads, typed } from '../../../src/rdf/terms.ts';

const DOUBLE = 'http://www.w3.org/2001/XMLSchema#double';

/** What needs no parsing: no escapes, one space between terms. */
const CANONICAL = /^<[^<>\\\s]*> <[^<>\\\s]*> (?:<[^<>\\\s]*>|"[^"\\]*"(?:\^\^<[^<>\\\s]*>)?) \.$/;

export interface GraphDigest {
  /** Distinct triples. */
  readonly triples: number;
  readonly digest: string;
  /** In order, to show where graphs differ. */
  readonly lines: readonly string[];
}

/** @throws Error for what is no N-Triples */
export async function digestOf(path: string): Promise<GraphDigest> {
  const lines = new Set<string>();
  let part: string[] = [];
  const flush = (): void => {
    for (const quad of new Parser({ format: 'N-Triples' }).parse(part.join('\n'))) lines.add(normal(quad));
    part = [];
  };
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (CANONICAL.test(line) && !line.includes(DOUBLE)) lines.add(line);
    else if (part.push(line) >= 4096) flush();
  }
  flush();
  const sorted = [...lines].sort();
  const hash = createHash('sha256');
  for (const line of sorted) hash.update(`${line}\n`);
  return { triples: sorted.length, digest: hash.digest('hex'), lines: sorted };
}

function normal({ subject, predicate, object, graph }: RDF.Quad): string {
  const isDouble = object.termType === 'Literal' && object.datatype.value === DOUBLE;
  const value = isDouble ? typed(Number(object.value), 'double') : object;
  return toNQuads({ subject, predicate, object: value, graph } as RDF.Quad);
}
