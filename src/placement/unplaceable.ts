/**
 * Why nothing was placed, in a sentence for people and a kind for programs.
 */
import type { AssessedComponent } from './assess.ts';
import type { UnplaceableReason } from './decision.ts';
import { countsOf } from './explain.ts';
import type { SearchResult } from './search.ts';

/** @param elements  how many infrastructure elements there are */
export function reasonsOf(
  components: readonly AssessedComponent[],
  found: SearchResult,
  elements: number,
): UnplaceableReason[] {
  const names = components.map(({ name }) => name);
  if (elements === 0) {
    return [{ kind: 'no-element', components: names, message: 'The graph holds no infrastructure element' }];
  }
  const without = components.filter(({ candidates }) => candidates.length === 0);
  if (without.length > 0) return without.map((component) => noCandidate(component, elements));
  if (!found.complete) {
    const message = `No joint placement was found within ${found.steps} steps; there may be one`;
    return [{ kind: 'search-limit', components: names, message }];
  }
  const message = 'Each component has candidates, but together they need more than these have free';
  return [{ kind: 'joint-capacity', components: names, message }];
}

function noCandidate(component: AssessedComponent, elements: number): UnplaceableReason {
  const counts = countsOf(component)
    .filter(({ violated, notProven }) => violated + notProven > 0)
    .map(({ name, violated, notProven }) => `${name} ${violated} violate, ${notProven} not proven`);
  return {
    kind: 'no-candidate',
    components: [component.name],
    message: `None of ${elements} elements satisfies all constraints of "${component.name}": ${counts.join('; ')}`,
  };
}
