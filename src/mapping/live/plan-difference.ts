/**
 * What two mappings do differently, so that a change of one runs no more rules than it has to.
 */
import type { MappingPlan } from '../plan.ts';
import { ruleContent } from './rule-content.ts';

export interface PlanDifference {
  /** The rules that only the earlier plan has, as a plan. */
  readonly before: MappingPlan;
  /** The rules that only the later plan has, as a plan. */
  readonly after: MappingPlan;
}

export function differenceOf(before: MappingPlan, after: MappingPlan): PlanDifference {
  return { before: without(before, contentsOf(after)), after: without(after, contentsOf(before)) };
}

const contentsOf = ({ triplesMaps }: MappingPlan): ReadonlySet<string> =>
  new Set(triplesMaps.map((_, rule) => ruleContent(triplesMaps, rule)));

function without(plan: MappingPlan, known: ReadonlySet<string>): MappingPlan {
  const groups = plan.groups.flatMap((group) => {
    const rules = group.rules.filter(({ index }) => !known.has(ruleContent(plan.triplesMaps, index)));
    return rules.length === 0 ? [] : [{ ...group, rules }];
  });
  return { ...plan, groups, joins: groups.flatMap(({ rules }) => rules.flatMap(({ joins }) => joins)) };
}
