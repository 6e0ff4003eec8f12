/**
 * The base as named arrays and back: what a cache file keeps. The arrays are those of the base, not copies.
 */
import { BaseRuns } from './base-runs.ts';
import { KeyIndex } from './key-index.ts';

/** Arrays of 32-bit integers by name. */
export type BaseParts = Readonly<Record<(typeof BASE_PARTS)[number], Int32Array>>;

/** Names of all arrays, in the order in which they are kept. */
export const BASE_PARTS = [
  'subjects',
  'predicates',
  'objects',
  'graphs',
  'subjectStarts',
  'objectOrder',
  'objectStarts',
  'graphOrder',
  'graphStarts',
  'predicateOrder',
  'predicateStarts',
  'predicateSubjects',
  'predicateObjects',
  'predicateGraphs',
] as const;

/** Those that hold one number a quad. */
const PER_QUAD = BASE_PARTS.filter((name) => !name.endsWith('Starts'));

export function partsOfBase(base: BaseRuns): BaseParts {
  const [subjects, predicates, objects, graphs] = base.columns;
  return {
    subjects,
    predicates,
    objects,
    graphs,
    subjectStarts: base.bySubject.starts,
    objectOrder: base.byObject.order!,
    objectStarts: base.byObject.starts,
    graphOrder: base.byGraph.order!,
    graphStarts: base.byGraph.starts,
    predicateOrder: base.byPredicate.order!,
    predicateStarts: base.byPredicate.starts,
    predicateSubjects: base.predicateRuns.subjects,
    predicateObjects: base.predicateRuns.objects,
    predicateGraphs: base.predicateRuns.graphs,
  };
}

/** @throws Error when the arrays do not fit one another */
export function baseOfParts(parts: BaseParts): BaseRuns {
  const size = parts.subjects.length;
  const misfit = PER_QUAD.find((name) => parts[name].length !== size);
  if (misfit !== undefined)
    throw new Error(`${misfit} holds ${parts[misfit].length} numbers for ${size} quads`);
  for (const name of BASE_PARTS.filter((part) => part.endsWith('Starts'))) {
    if ((parts[name].at(-1) ?? -1) < 0 || parts[name].at(-1)! > size)
      throw new Error(`${name} leads beyond the quads`);
  }
  const { subjects, predicates, objects, graphs } = parts;
  return new BaseRuns({
    columns: [subjects, predicates, objects, graphs],
    bySubject: new KeyIndex(subjects, undefined, parts.subjectStarts),
    byObject: new KeyIndex(objects, parts.objectOrder, parts.objectStarts),
    byGraph: new KeyIndex(graphs, parts.graphOrder, parts.graphStarts),
    byPredicate: new KeyIndex(predicates, parts.predicateOrder, parts.predicateStarts),
    predicateRuns: {
      subjects: parts.predicateSubjects,
      objects: parts.predicateObjects,
      graphs: parts.predicateGraphs,
    },
  });
}
