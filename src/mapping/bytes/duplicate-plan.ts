/**
 * Where duplicates can occur in a mapping, and how each is told: by proof, by distinct subjects, or by lines.
 */
import type { TriplesMap } from '../normal-form.ts';
import { partitionRules } from '../partition.ts';
import { ByteTable } from './byte-table.ts';
import type { Duplicates } from './rule-writer.ts';
import { Uniqueness } from './uniqueness.ts';

export interface DuplicatePlan {
  /** By triples map, then by statement. */
  readonly statements: readonly (readonly Duplicates[])[];
  /** By triples map; undefined where nothing depends on distinct subjects. */
  readonly uniqueness: readonly (Uniqueness | undefined)[];
}

/** @param isRereadable  whether the source of a triples map can be read again while it is being read */
export function planDuplicates(
  maps: readonly TriplesMap[],
  isRereadable: (map: TriplesMap) => boolean,
): DuplicatePlan {
  const { patterns, partitions } = partitionRules(maps);
  const uniqueness: (Uniqueness | undefined)[] = maps.map(() => undefined);
  const byPattern = new Map<number, Duplicates>();
  for (const [partition, members] of partitions.entries()) {
    const [rule, second] = new Set(members.map((index) => patterns[index]!.rule));
    const map = maps[rule!]!;
    const needsLines = second !== undefined || !isByRecord(map) || !isRereadable(map);
    if (!needsLines && !isFresh(map)) uniqueness[rule!] ??= new Uniqueness('ordered');
    const lines = needsLines ? new ByteTable() : undefined;
    const duplicates: Duplicates = { lines, withinRecord: members.length > 1, partition };
    for (const index of members) byPattern.set(index, duplicates);
  }
  const statements = maps.map((_, rule) =>
    patterns.flatMap((pattern, index) => (pattern.rule === rule ? [byPattern.get(index)!] : [])),
  );
  return { statements, uniqueness };
}

/** For output that may hold duplicates. */
export function keepDuplicates(maps: readonly TriplesMap[]): DuplicatePlan {
  const { patterns } = partitionRules(maps);
  const none: Duplicates = { lines: undefined, withinRecord: false, partition: 0 };
  return {
    statements: maps.map((_, rule) => patterns.filter((pattern) => pattern.rule === rule).map(() => none)),
    uniqueness: maps.map(() => undefined),
  };
}

const isFresh = (map: TriplesMap): boolean => map.subject.expression.kind === 'fresh';

/** Whether records give subjects of their own. */
function isByRecord({ subject: { expression } }: TriplesMap): boolean {
  if (expression.kind === 'template') return expression.template.references.length > 0;
  return expression.kind !== 'constant';
}
