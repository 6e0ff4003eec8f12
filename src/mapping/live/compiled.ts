/**
 * A plan arranged for live records: by the name of their source the rules that read them, all joins, and for
 * each rule its content, by which a reload knows it again.
 */
import type { Join } from '../execute/join.ts';
import type { Rule } from '../execute/rule.ts';
import type { LogicalSource, MappingPlan, SourceRules } from '../plan.ts';
import type { LiveJoinIndex } from './join-index.ts';
import { joinNetwork, type LiveJoin } from './join-network.ts';
import { gathersOverRecords, makesFreshNodes, ruleContent } from './rule-content.ts';

export interface LiveRule<Owner> {
  readonly content: string;
  /** Name of the source whose records it maps. */
  readonly source: string;
  readonly group: SourceRules;
  readonly rule: Rule;
  readonly joins: readonly LiveJoin<Owner>[];
  /** Whether its quads belong to all records together: collections that grow from one to the next. */
  readonly collective: boolean;
}

export interface LiveRules<Owner> {
  readonly plan: MappingPlan;
  /** By name of the source. */
  readonly rules: ReadonlyMap<string, readonly LiveRule<Owner>[]>;
  /** Those that others need come first. */
  readonly joins: readonly LiveJoin<Owner>[];
  /** Rules that were not there before. */
  readonly fresh: readonly LiveRule<Owner>[];
  /** Whether any rule makes blank nodes that are a record's own. */
  readonly ownNodes: boolean;
  /** Joins that hold nothing yet. */
  readonly freshJoins: readonly LiveJoin<Owner>[];
}

/**
 * @param known  the rules so far: the joins of a rule that is still there are taken over with all they hold.
 *   What asked them goes by new names only once {@link LiveRules.adopt} is called
 */
export function arrange<Owner>(
  plan: MappingPlan,
  nameOf: (source: LogicalSource) => string,
  known?: LiveRules<Owner>,
): LiveRules<Owner> & { readonly adopt: () => void } {
  const before = Map.groupBy([...(known?.rules.values() ?? [])].flat(), ({ content }) => content);
  const rules = plan.groups.flatMap((group) =>
    group.rules.map((rule) => {
      const content = ruleContent(plan.triplesMaps, rule.index);
      return { group, rule, content, same: before.get(content)?.pop() };
    }),
  );
  // By the place of a join within a rule that has not changed.
  const kept = new Map<Join, LiveJoin<Owner>>();
  for (const { rule, same } of rules) {
    same?.joins.forEach((join, i) => kept.set(rule.joins[i]!, join));
  }
  const indexOf = (join: Join): LiveJoinIndex<Owner> | undefined => kept.get(join)?.index;
  const joins = joinNetwork(plan.joins, plan.groups, ({ source }) => nameOf(source), indexOf);
  const byJoin = new Map(joins.map((join) => [join.join, join]));
  const live = rules.map(
    ({ group, rule, content }): LiveRule<Owner> => ({
      ...{ content, group, rule, source: nameOf(group.source) },
      joins: rule.joins.map((join) => byJoin.get(join)!),
      collective: gathersOverRecords(plan.triplesMaps[rule.index]!),
    }),
  );
  return {
    plan,
    rules: Map.groupBy(live, ({ source }) => source),
    joins,
    ownNodes: plan.triplesMaps.some(makesFreshNodes),
    fresh: live.filter((_, i) => rules[i]!.same === undefined),
    freshJoins: joins.filter(({ join }) => !kept.has(join)),
    adopt: () => {
      const gone = new Set<object>([...(known?.joins ?? []), ...[...(known?.rules.values() ?? [])].flat()]);
      for (const { index } of joins) {
        for (const [join, old] of kept) index.renameAsker(old, byJoin.get(join)!);
        rules.forEach(({ same }, i) => {
          if (same) index.renameAsker(same, live[i]!);
        });
        for (const asker of gone) index.dropAsker(asker);
      }
    },
  };
}
