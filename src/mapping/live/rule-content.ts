/**
 * What a rule says, as one text: equal texts make equal quads of equal records.
 *
 * Two mappings are told apart by these, not by their text: neither comments nor the order, the names or the
 * places of triples maps count. A function counts by its name; what it does is not seen here.
 */
import { termKey } from '../../rdf/terms.ts';
import type { AbstractSource, RefObjectMap, TriplesMap } from '../normal-form.ts';

/** Whether a rule gathers under names: what it makes grows from record to record. */
export function gathersOverRecords(map: TriplesMap): boolean {
  return some(map, (part) => 'gather' in part && part.gather !== undefined && !isFresh(part));
}

/** Stands for the parts that hold no meaning of their own. */
const LEFT_OUT: ReadonlySet<string> = new Set(['place', 'names', 'location', 'targets']);

/** The content of the triples map `rule` of `maps`. */
export function ruleContent(maps: readonly TriplesMap[], rule: number): string {
  const { name: _, source, ...map } = maps[rule]!;
  return write({ ...map, source: identity(source), rule: numberOf(maps, rule) }, maps);
}

/** The contents of all rules, in one order whatever the order of the text. */
export function mappingContent(maps: readonly TriplesMap[]): string {
  return maps
    .map((_, rule) => ruleContent(maps, rule))
    .sort()
    .join('\n');
}

function write(part: unknown, maps: readonly TriplesMap[]): string {
  if (part === undefined || typeof part === 'function') return '-';
  if (typeof part !== 'object' || part === null) return JSON.stringify(part);
  if (Array.isArray(part)) return `[${part.map((item) => write(item, maps)).join()}]`;
  if ('termType' in part && 'equals' in part) return JSON.stringify(termKey(part as never));
  const members = (Object.entries(part) as [string, unknown][]).filter(([name]) => !LEFT_OUT.has(name));
  const isReference = 'parent' in part && typeof part.parent === 'number' && 'conditions' in part;
  const written = members.map(([name, value]) => {
    const content = isReference && name === 'parent' ? parentContent(part as RefObjectMap, maps) : value;
    return `${name}:${write(content, maps)}`;
  });
  return `{${written.sort().join()}}`;
}

/** A child sees of its parent the subject, and how records are read for it. */
function parentContent({ parent }: RefObjectMap, maps: readonly TriplesMap[]): object {
  const { source, subject, base, legacy } = maps[parent]!;
  return { source: identity(source), subject, base, legacy, rule: numberOf(maps, parent) };
}

/** Sources are known by all that distinguishes them; views by what they say. */
const identity = (source: AbstractSource): unknown => (source.kind === 'source' ? source.id : source);

/** The number of a rule is part of the names of its blank nodes, and of nothing else. */
function numberOf(maps: readonly TriplesMap[], rule: number): number | undefined {
  return makesFreshNodes(maps[rule]!) ? rule : undefined;
}

/** Whether a rule makes blank nodes that are a record's own. */
export const makesFreshNodes = (map: TriplesMap): boolean =>
  some(map, (part) => ('kind' in part && part.kind === 'fresh') || ('gather' in part && !!part.gather));

const isFresh = (part: object): boolean =>
  'expression' in part && (part as { expression: { kind: string } }).expression.kind === 'fresh';

/** Whether a test holds for any part that has a meaning. */
function some(part: unknown, test: (part: object) => boolean): boolean {
  if (typeof part !== 'object' || part === null) return false;
  if (Array.isArray(part)) return part.some((item) => some(item, test));
  if (test(part)) return true;
  return Object.entries(part).some(([name, value]) => !LEFT_OUT.has(name) && some(value, test));
}
