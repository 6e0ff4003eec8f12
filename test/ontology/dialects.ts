/**
 * The fixtures in the four dialects, and what the tables say about them.
 *
 * What two dialects can both say of a kind of entity is computed from the tables, never listed by hand: the
 * concepts that a fixture of the kind uses and for which both dialects have a name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIALECTS, type Dialect, type PropertyRow } from '../../src/ontology/crosswalk-table.ts';
import type { RDF } from '../../src/rdf/terms.ts';
import { rdf } from '../../src/rdf/vocab.ts';
import { crosswalk, ROOT, turtle } from './tables.ts';

export const FIXTURES = join(ROOT, 'test', 'fixtures', 'ontology', 'dialects');

export interface Kind {
  readonly name: string;
  readonly dialects: ReadonlyMap<Dialect, RDF.Quad[]>;
}

export function kinds(): Kind[] {
  return readdirSync(FIXTURES).map((name) => {
    const files = readdirSync(join(FIXTURES, name));
    const present = DIALECTS.filter((dialect) => files.includes(`${dialect}.ttl`));
    return {
      name,
      dialects: new Map(
        present.map((dialect) => {
          const path = join(FIXTURES, name, `${dialect}.ttl`);
          return [dialect, turtle(readFileSync(path, 'utf8'), path)] as const;
        }),
      ),
    };
  });
}

/** The canonical class of a fixture. */
export function classOf(quads: readonly RDF.Quad[]): string {
  const types = crosswalk.canonicalise(quads).quads.filter((q) => q.predicate.value === rdf.type.value);
  const [first, ...more] = new Set(types.map((q) => q.object.value));
  if (first === undefined || more.length > 0) throw new Error('A fixture is about one class');
  return first;
}

/** The row by which a dialect names `predicate` on instances of `class_`. */
export function rowOf(dialect: Dialect, predicate: string, class_: string): PropertyRow | undefined {
  const named = crosswalk.tables.properties.filter((row) =>
    row.names[dialect].some((name) => name.iri === predicate),
  );
  return named.find((row) => row.appliesTo === class_) ?? named.find((row) => row.appliesTo === undefined);
}

/** The concepts that a fixture states. */
export function stated(dialect: Dialect, quads: readonly RDF.Quad[]): PropertyRow[] {
  const class_ = classOf(quads);
  const rows = quads.map((q) => rowOf(dialect, q.predicate.value, class_)).filter((row) => row !== undefined);
  return [...new Set(rows)];
}

/** The concepts of a kind that each of `dialects` has a name for. */
export function shared(kind: Kind, dialects: readonly Dialect[]): PropertyRow[] {
  const rows = [...kind.dialects].flatMap(([dialect, quads]) => stated(dialect, quads));
  return [...new Set(rows)].filter((row) => dialects.every((dialect) => row.names[dialect].length > 0));
}

/** The quads that state one of `rows`, and the types. */
export function statements(quads: readonly RDF.Quad[], rows: readonly PropertyRow[]): RDF.Quad[] {
  const terms = new Set([
    rdf.type.value,
    ...rows.flatMap((row) => [...(row.aeros === undefined ? [] : [row.aeros]), ...row.cf]),
  ]);
  return quads.filter((q) => terms.has(q.predicate.value));
}
