/**
 * The records that a record joins with, and what it would state without each of them.
 *
 * As with members, a parent is found by leaving it out: the answer holds for joins of triples maps and of views.
 */
import type { Join, JoinLookup, JoinParent } from '../mapping/execute/join.ts';
import type { RecordDocument } from '../mapping/record.ts';
import type { RDF } from '../rdf/terms.ts';
import type { RecordKey } from './record-joins.ts';
import { quadsOfRecord, type RecordQuadsOptions, type RecordRules } from './record-quads.ts';

/** The records behind a key of a join, with what each gives to it. */
export type ParentRecords = (
  join: Join,
  key: string,
) => Iterable<readonly [parent: RecordKey, given: readonly JoinParent[]]>;

/** Parents that say the same, and what the record would state without them. */
export interface WithoutParents {
  readonly parents: readonly RecordKey[];
  readonly quads: readonly RDF.Quad[];
}

/** Groups of parents that are left out at most; each costs mapping the record once. */
const GROUPS_MAX = 200;

/** One group of parents that say the same, after the other. */
export function* statesWithoutParents(
  document: RecordDocument,
  rules: RecordRules,
  options: RecordQuadsOptions,
  parentRecords: ParentRecords,
): Generator<WithoutParents> {
  const asked = new Map<Join, Set<string>>();
  quadsOfRecord(document, rules, { ...options, parents: (join) => watched(join, options, asked) });
  const groups = groupsOf(asked, parentRecords).slice(0, GROUPS_MAX);
  for (const parents of groups) {
    const left = new Set(parents.map(nameOf));
    const without = (join: Join): JoinLookup | undefined =>
      options.parents(join) && {
        get: (key) => {
          const others = [...parentRecords(join, key)].filter(([parent]) => !left.has(nameOf(parent)));
          return others.length === 0 ? undefined : others.flatMap(([, given]) => given);
        },
      };
    const { quads } = quadsOfRecord(document, rules, { ...options, parents: without });
    yield { parents, quads };
  }
}

/** A lookup that notes the keys it is asked for. */
function watched(
  join: Join,
  { parents }: RecordQuadsOptions,
  asked: Map<Join, Set<string>>,
): JoinLookup | undefined {
  const lookup = parents(join);
  if (!lookup) return undefined;
  const keys = asked.get(join) ?? new Set();
  asked.set(join, keys);
  return {
    get: (key) => {
      keys.add(key);
      return lookup.get(key);
    },
  };
}

/** Parents by all that they give; those that give the same stand for one another. */
function groupsOf(
  asked: ReadonlyMap<Join, ReadonlySet<string>>,
  parentRecords: ParentRecords,
): readonly (readonly RecordKey[])[] {
  const given = new Map<string, { readonly parent: RecordKey; readonly says: string[] }>();
  let number = 0;
  for (const [join, keys] of asked) {
    number++;
    for (const key of keys) {
      for (const [parent, entries] of parentRecords(join, key)) {
        const known = given.get(nameOf(parent)) ?? { parent, says: [] };
        given.set(nameOf(parent), known);
        const values = entries.map(({ termType, value }) => [termType, value]);
        known.says.push(JSON.stringify([number, key, values]));
      }
    }
  }
  const groups = Map.groupBy(given.values(), ({ says }) => says.sort().join());
  return Array.from(groups.values(), (same) => same.map(({ parent }) => parent));
}

const nameOf = ({ source, key }: RecordKey): string => `${source}\u0000${key}`;
