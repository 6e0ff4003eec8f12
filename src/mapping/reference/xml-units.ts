/**
 * Which elements of an XML document hold records: the outermost that one of some plain iterators selects.
 *
 * It decides on the way down, from names alone, so that nothing beside the records need be kept. What it does
 * not understand has to be read whole; it must never take a mapping whose references see more than a record and
 * the attributes above it.
 */
import type { Asked } from './formulation.ts';
import type { XmlElement } from './xml-tree.ts';
import { matchesStep, type PlainPath, type PlainStep, plainPathOf } from './xpath-path.ts';

/** How far each iterator has come at an element, as bits: with its last step here, and at it or above. */
export interface UnitState {
  readonly here: readonly number[];
  readonly reached: readonly number[];
}

export interface Units {
  /** The state of the document itself. */
  readonly start: UnitState;
  /** The state of an element below another; undefined for one that holds records. */
  below(state: UnitState, element: XmlElement): UnitState | undefined;
}

/** Bits of a state. */
const STEPS_MAX = 30;

/**
 * The units of what is asked for.
 *
 * @returns undefined when the document has to be read whole
 */
export function unitsOf(
  asked: readonly Asked[],
  namespaces: Readonly<Record<string, string>>,
): Units | undefined {
  const paths = asked.map((one) => elementSteps(one, namespaces));
  if (!paths.every((steps) => steps !== undefined)) return undefined;
  const first = paths.map(() => 1);
  return {
    start: { here: first, reached: first },
    below(state, element) {
      const here = paths.map((steps, i) => advance(steps, state.here[i]!, state.reached[i]!, element));
      if (here.some((bits, i) => (bits & (1 << paths[i]!.length)) !== 0)) return undefined;
      return { here, reached: here.map((bits, i) => bits | state.reached[i]!) };
    },
  };
}

function advance(steps: readonly PlainStep[], here: number, reached: number, element: XmlElement): number {
  let bits = 0;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    const from = step.axis === 'descendant' ? reached : here;
    if ((from & (1 << i)) !== 0 && matchesStep(step, element)) bits |= 1 << (i + 1);
  }
  return bits;
}

/** The steps of an iterator down to an element, where its records can be made one by one. */
function elementSteps(
  { iterator, references }: Asked,
  namespaces: Readonly<Record<string, string>>,
): readonly PlainStep[] | undefined {
  if (iterator === undefined || references === undefined) return undefined;
  const path = plainPathOf(iterator, namespaces);
  if (path === undefined) return undefined;
  const isOfAttributes = path.steps.at(-1)?.axis === 'attribute';
  const steps = isOfAttributes ? path.steps.slice(0, -1) : path.steps;
  const areDown = steps.every(({ axis }) => axis === 'child' || axis === 'descendant');
  if (!areDown || steps.length === 0 || steps.length > STEPS_MAX) return undefined;
  const staysNear = references.every((reference) => {
    const seen = plainPathOf(reference, namespaces);
    return seen !== undefined && isNear(seen, isOfAttributes ? 1 : 0);
  });
  return staysNear ? steps : undefined;
}

/** Whether a reference sees only what is below the element of its record, and attributes of those above. */
function isNear({ rooted, steps }: PlainPath, startDepth: number): boolean {
  if (rooted) return false;
  let depth = startDepth;
  let lowest = depth;
  for (const { axis } of steps) {
    if (lowest < 0 && axis !== 'parent' && axis !== 'attribute' && axis !== 'self') return false;
    if (axis === 'parent') depth--;
    else if (axis !== 'self') depth++;
    lowest = Math.min(lowest, depth);
  }
  return lowest >= 0 || steps.at(-1)!.axis === 'attribute';
}
