/**
 * Several mappings as one, so that each source is read once and no quad is written twice.
 *
 * What a document leaves to the place where it lies is settled here, before the documents become one.
 */
import type {
  AbstractSource,
  LogicalSource,
  LogicalTarget,
  LogicalView,
  PredicateObjectMap,
  TermMap,
  TriplesMap,
} from './normal-form.ts';

/** Changes of the sources and targets of one document; each has to give a change another `id`. */
export interface Adaptation {
  source(source: LogicalSource): LogicalSource;
  target(target: LogicalTarget): LogicalTarget;
}

/** The triples maps of all parts in a row; parents of joins stay within their part. */
export function mergeMappings(parts: readonly (readonly TriplesMap[])[]): readonly TriplesMap[] {
  const merged: TriplesMap[] = [];
  for (const maps of parts) {
    const offset = merged.length;
    for (const map of maps) merged.push(offset === 0 ? map : withParentsAt(map, offset));
  }
  return shareNames(merged);
}

function withParentsAt(map: TriplesMap, offset: number): TriplesMap {
  return {
    ...map,
    predicateObjects: map.predicateObjects.map((part) => ({
      ...part,
      objects: part.objects.map((object) => gatherAt(object, offset)),
      references: part.references.map((reference) => ({ ...reference, parent: reference.parent + offset })),
    })),
    subject: gatherAt(map.subject, offset),
  };
}

function gatherAt(map: TermMap, offset: number): TermMap {
  const { gather } = map;
  if (gather === undefined) return map;
  const members = gather.members.map((member) =>
    member.kind === 'term'
      ? { ...member, map: gatherAt(member.map, offset) }
      : { ...member, map: { ...member.map, parent: member.map.parent + offset } },
  );
  return { ...map, gather: { ...gather, members } };
}

/** Sources of one id are one source, with the names that all documents have for it. */
function shareNames(maps: readonly TriplesMap[]): readonly TriplesMap[] {
  const names = new Map<string, Set<string>>();
  const sources = maps.flatMap(({ source }) => (source.kind === 'source' ? [source] : []));
  for (const source of sources) {
    const known = names.get(source.id) ?? new Set();
    names.set(source.id, known);
    for (const name of source.names) known.add(name);
  }
  const shared = new Map(
    sources.map((source) => [source.id, { ...source, names: [...names.get(source.id)!] }]),
  );
  return maps.map((map) =>
    map.source.kind === 'source' ? { ...map, source: shared.get(map.source.id)! } : map,
  );
}

/** The triples maps of one document with their sources and targets adapted; what was shared stays shared. */
export function adaptMapping(maps: readonly TriplesMap[], adaptation: Adaptation): readonly TriplesMap[] {
  const sources = memo((source: LogicalSource) => adaptation.source(source));
  const targets = memo((target: LogicalTarget) => adaptation.target(target));
  const views = memo((view: LogicalView): LogicalView => {
    const on = adaptSource(view.on);
    const joins = view.joins.map((join) => ({ ...join, parent: views(join.parent) }));
    const annotations = view.annotations.map((annotation) =>
      annotation.target === undefined
        ? annotation
        : { ...annotation, target: { ...annotation.target, view: views(annotation.target.view) } },
    );
    const id = JSON.stringify([view.id, on.id, joins.map((join) => join.parent.id)]);
    return { ...view, id, on, joins, annotations };
  });
  const adaptSource = (source: AbstractSource): AbstractSource =>
    source.kind === 'source' ? sources(source) : views(source);
  const term = (map: TermMap): TermMap => ({
    ...map,
    datatype: map.datatype === undefined ? undefined : term(map.datatype),
    language: map.language === undefined ? undefined : term(map.language),
    targets: map.targets.map(targets),
  });
  const part = (each: PredicateObjectMap): PredicateObjectMap => ({
    ...each,
    predicates: each.predicates.map(term),
    objects: each.objects.map(term),
    references: each.references.map((map) => ({ ...map, targets: map.targets.map(targets) })),
    graphs: each.graphs.map(term),
  });
  return maps.map((map) => ({
    ...map,
    source: adaptSource(map.source),
    subject: term(map.subject),
    graphs: map.graphs.map(term),
    predicateObjects: map.predicateObjects.map(part),
  }));
}

function memo<T extends object>(make: (value: T) => T): (value: T) => T {
  const made = new Map<T, T>();
  return (value) => {
    const known = made.get(value);
    if (known !== undefined) return known;
    const fresh = make(value);
    made.set(value, fresh);
    return fresh;
  };
}
