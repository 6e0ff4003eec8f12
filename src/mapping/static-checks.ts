/**
 * What a mapping as a whole says that cannot work, or is allowed and hardly meant.
 *
 * Told before any data are read, from the mapping alone.
 */
import type { JoinCondition, LogicalView, RefObjectMap, TermMap, TriplesMap } from './normal-form.ts';
import type { Diagnostic } from './record.ts';
import { ANY_TEXT, exactly, type TextPattern, textsMeet } from './text-pattern.ts';

/** @throws FabricError `mapping-invalid` for a join whose sides are never equal, whatever the data */
export function refuseImpossibleJoins(maps: readonly TriplesMap[]): void {
  const objects = maps.flatMap(({ predicateObjects }) => predicateObjects);
  const references = objects.flatMap((part) => [
    ...part.references,
    ...part.objects.flatMap(gatheredReferences),
  ]);
  const joins = [...references, ...Array.from(viewsOf(maps), (view) => view.joins).flat()];
  for (const { conditions } of joins) conditions.forEach(refuseImpossible);
}

/** All views that triples maps read, and those that these are derived from. */
export function viewsOf(maps: readonly TriplesMap[]): ReadonlySet<LogicalView> {
  const views = new Set<LogicalView>();
  for (const { source } of maps) collectViews(source, views);
  return views;
}

const gatheredReferences = ({ gather }: TermMap): readonly RefObjectMap[] =>
  gather === undefined
    ? []
    : gather.members.flatMap((member) =>
        member.kind === 'reference' ? [member.map] : gatheredReferences(member.map),
      );

function collectViews(source: TriplesMap['source'], views: Set<LogicalView>): void {
  if (source.kind !== 'view' || views.has(source)) return;
  views.add(source);
  collectViews(source.on, views);
  for (const { parent } of source.joins) collectViews(parent, views);
}

function refuseImpossible({ child, parent }: JoinCondition): void {
  if (textsMeet(sideOf(child), sideOf(parent))) return;
  const [left, right] = [child, parent].map(sideOf).map(shown);
  child.place.refuse(`is a join that never holds: the child is ${left}, the parent ${right}`, 'child');
}

function sideOf({ expression }: TermMap): TextPattern {
  if (expression.kind === 'constant') return exactly(expression.term.value);
  if (expression.kind === 'template') return { texts: expression.template.texts, hole: 'any' };
  return ANY_TEXT;
}

const shown = ({ texts }: TextPattern): string => `"${texts.join('{}')}"`;

/** Codes: `rule-empty`, `subject-constant`. */
export function warningsOf(maps: readonly TriplesMap[], mapping: string): readonly Diagnostic[] {
  const parents = new Set(
    maps.flatMap((map) =>
      map.predicateObjects.flatMap((part) => part.references.map(({ parent }) => parent)),
    ),
  );
  return maps.flatMap((map, index): Diagnostic[] => {
    const { subject, classes, predicateObjects, place, name } = map;
    const warn = (code: string, problem: string): Diagnostic => ({
      code,
      message: `Mapping "${mapping}": ${place.node().label} ${problem}`,
      term: name,
    });
    const states = classes.length + predicateObjects.length > 0 || subject.gather !== undefined;
    const { expression } = subject;
    return [
      ...(states || parents.has(index) ? [] : [warn('rule-empty', 'is a triples map that states nothing')]),
      ...(expression.kind === 'template' && expression.template.references.length === 0
        ? [warn('subject-constant', 'makes the same subject of every record: its template refers to nothing')]
        : []),
    ];
  });
}
