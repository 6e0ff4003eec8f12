/**
 * All joins of live records together: what a change of one record means for the others, through joins that
 * need joins as well.
 *
 * Parents are entered in the order in which joins need one another, so one pass suffices. Whatever is done can
 * be undone, as long as nothing else was done since.
 */
import type { Join, JoinLookup } from '../execute/join.ts';
import type { SourceRules } from '../plan.ts';
import { LiveJoinIndex, type ParentEntries } from './join-index.ts';

/** A join with what its records have said. */
export interface LiveJoin<Owner> {
  readonly join: Join;
  readonly index: LiveJoinIndex<Owner>;
  /** How records of the parent are read. */
  readonly parents: SourceRules;
  /** Name of the source of the parents. */
  readonly source: string;
  /** The joins that are asked while parents are entered. */
  readonly needs: readonly LiveJoin<Owner>[];
}

/** Keys that were asked for, by join. */
export type Asked<Owner> = ReadonlyMap<LiveJoin<Owner>, readonly string[]>;

/** What a record gives to a join, and what was asked of others for it. */
export interface Entered<Owner> {
  readonly entries: ParentEntries;
  readonly asked: Asked<Owner>;
}

/** Reads a record for a join that it is a parent of. */
export type EnterRecord<Owner> = (owner: Owner, join: LiveJoin<Owner>) => Entered<Owner>;

/** Records that see something else now, by what asked on their behalf. */
export type Concerned<Owner> = ReadonlyMap<object, ReadonlySet<Owner>>;

export interface NetworkMove<Owner> {
  readonly concerned: Concerned<Owner>;
  readonly undo: () => void;
}

/**
 * Enters records that changed.
 *
 * @param joins  in an order in which those that others need come first
 * @param changed  by name of the source
 * @returns who sees a difference: rules and whatever else asked, but no joins, which have been followed
 */
export function moveRecords<Owner>(
  joins: readonly LiveJoin<Owner>[],
  changed: ReadonlyMap<string, ReadonlySet<Owner>>,
  enter: EnterRecord<Owner>,
): NetworkMove<Owner> {
  const undo: (() => void)[] = [];
  const pending = new Map<object, Set<Owner>>();
  const moved = (asker: object, owner: Owner): void => {
    const owners = pending.get(asker);
    if (owners) owners.add(owner);
    else pending.set(asker, new Set([owner]));
  };
  const takeBack = (): void => {
    for (const step of undo.reverse()) step();
  };
  try {
    for (const join of joins) {
      const parents = new Set([...(changed.get(join.source) ?? []), ...(pending.get(join) ?? [])]);
      pending.delete(join);
      for (const owner of parents) {
        const { entries, asked } = enter(owner, join);
        for (const [needed, keys] of asked) {
          const before = needed.index.askedBy(join, owner);
          needed.index.setChild(join, owner, keys);
          undo.push(() => {
            needed.index.setChild(join, owner, before);
          });
        }
        const before = join.index.entriesOf(owner);
        const keys = join.index.setParent(owner, entries);
        if (keys.length === 0) continue;
        undo.push(() => join.index.setParent(owner, before));
        for (const key of keys) for (const child of join.index.childrenOf(key)) moved(...child);
      }
    }
  } catch (refusal) {
    takeBack();
    throw refusal;
  }
  return { concerned: pending, undo: takeBack };
}

/** Lookups that note what is asked of them. */
export function watched<Owner>(joins: Iterable<LiveJoin<Owner>>): {
  readonly asked: Asked<Owner>;
  readonly lookup: (join: Join) => JoinLookup | undefined;
} {
  const asked = new Map<LiveJoin<Owner>, string[]>();
  const lookups = new Map<Join, JoinLookup>();
  for (const live of joins) {
    const keys: string[] = [];
    asked.set(live, keys);
    const get = (key: string) => {
      keys.push(key);
      return live.index.get(key);
    };
    lookups.set(live.join, { get });
  }
  return { asked, lookup: (join) => lookups.get(join) };
}

/**
 * The joins of a plan, in its order.
 *
 * @param indexOf  an index that a join goes on with; undefined: it begins with an empty one
 */
export function joinNetwork<Owner>(
  joins: readonly Join[],
  groups: readonly SourceRules[],
  nameOf: (group: SourceRules) => string,
  indexOf: (join: Join) => LiveJoinIndex<Owner> | undefined,
): readonly LiveJoin<Owner>[] {
  const known = new Map<Join, LiveJoin<Owner>>();
  for (const join of joins) {
    const parents = groups.find(({ source }) => source.id === join.parentSource)!;
    const needs = join.needs.flatMap((needed) => known.get(needed) ?? []);
    const index = indexOf(join) ?? new LiveJoinIndex<Owner>();
    known.set(join, { join, index, parents, source: nameOf(parents), needs });
  }
  return [...known.values()];
}
