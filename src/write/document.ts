/**
 * The fold of record effects into documents: what a record is after one more version of it.
 *
 * Pure. Every member of a document has the time at which it was observed; an older value never replaces a
 * newer one, whatever the order of arrival. Of equal times the later arrival wins. What was taken away, with
 * its record or alone, is not brought back by what was observed before.
 */
import type { Json, JsonObject, RecordEffect } from '../log/change.ts';
import type { RecordDocument } from '../mapping/record.ts';

/** How long a member that was taken away is remembered. A constant: every replay has to fold alike. */
const GONE_MEMBER_MS = 86_400_000;

export interface NextDocument {
  readonly document: RecordDocument;
  /**
   * `values`: a member has another value; `times`: the same values were seen again, later;
   * `nothing`: a repetition; `stale`: everything in the version is older than what is known.
   */
  readonly changed: 'values' | 'times' | 'nothing' | 'stale';
}

/** The document that follows from `previous` and one effect. */
export function nextDocument(previous: RecordDocument | undefined, effect: RecordEffect): NextDocument {
  // Members are data: one may be called `constructor`, so only own ones count.
  const timeOf = (member: string): string => ownOf(effect.times, member) ?? effect.observedAt;
  const incoming = effect.op === 'delete' ? {} : (effect.value ?? {});
  const floor = previous?.value === null ? previous.observedAt : (previous?.wholeAt ?? '');
  const wholeAt = latest(floor, statesAll(effect) ? effect.observedAt : undefined);
  const value: Record<string, Json> = Object.create(null) as Record<string, Json>;
  const times: Record<string, string> = goneMembers(previous, wholeAt, effect.receivedAt);
  let took = false;
  let changed = false;
  let newer = false;

  for (const [member, before] of Object.entries(previous?.value ?? {})) {
    const known = ownOf(previous!.times, member) ?? previous!.observedAt;
    const isStated = Object.hasOwn(incoming, member);
    const touched = isStated || effect.op !== 'merge' || effect.drop?.includes(member) === true;
    if (touched && timeOf(member) >= known) {
      if (isStated) continue;
      took = changed = true;
      if (timeOf(member) > wholeAt) times[member] = timeOf(member);
      continue;
    }
    value[member] = before;
    times[member] = known;
  }
  for (const [member, now] of Object.entries(incoming)) {
    if (member in value) continue;
    const time = timeOf(member);
    const before = ownOf(previous?.value ?? undefined, member);
    // What had gone by a later time does not come back.
    if (before === undefined && (time < floor || time < (times[member] ?? ''))) continue;
    if (before === undefined || !sameJson(before, now)) changed = true;
    if (time > (ownOf(previous?.times, member) ?? '')) newer = true;
    took = true;
    value[member] = now;
    times[member] = time;
  }

  const empty = Object.keys(value).length === 0;
  const gone = empty && (effect.op === 'delete' || (previous?.value === null && !took));
  if (effect.op === 'delete' && gone && effect.observedAt >= (previous?.observedAt ?? '')) {
    took = true;
    if (effect.observedAt > (previous?.observedAt ?? '')) newer = true;
  }
  const document: RecordDocument = {
    source: effect.source,
    key: effect.key,
    value: gone ? null : value,
    times: gone ? {} : times,
    ...(wholeAt === '' ? {} : { wholeAt }),
    observedAt: latest(previous?.observedAt, took ? effect.observedAt : undefined, ...Object.values(times)),
    receivedAt: effect.receivedAt,
  };
  const appeared = !gone && (previous === undefined || previous.value === null);
  if (!took) return { document, changed: 'stale' };
  return { document, changed: changed || appeared ? 'values' : newer ? 'times' : 'nothing' };
}

/** A delete, and a whole version whose source says when it was observed, speak of every member at their time. */
const statesAll = ({ op, observedAt, receivedAt }: RecordEffect): boolean =>
  op === 'delete' || (op === 'replace' && observedAt !== receivedAt);

/** When members went that are gone, as far as no whole version says the same and it is not too long ago. */
function goneMembers(
  previous: RecordDocument | undefined,
  wholeAt: string,
  receivedAt: string,
): Record<string, string> {
  const times = Object.create(null) as Record<string, string>;
  if (!previous?.value) return times;
  for (const member in previous.times) {
    const time = previous.times[member]!;
    if (Object.hasOwn(previous.value, member) || time <= wholeAt) continue;
    if (Date.parse(receivedAt) - Date.parse(time) < GONE_MEMBER_MS) times[member] = time;
  }
  return times;
}

function ownOf<T>(members: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
}

/** ISO 8601 times in UTC with the same precision compare as text. */
function latest(...times: readonly (string | undefined)[]): string {
  let newest = '';
  for (const time of times) if (time !== undefined && time > newest) newest = time;
  return newest;
}

/** Whether two JSON values are equal; the order of members does not matter. */
function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameJson(item as Json, b[index] as Json));
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  const members = Object.keys(left);
  if (members.length !== Object.keys(right).length) return false;
  return members.every((member) => Object.hasOwn(right, member) && sameJson(left[member]!, right[member]!));
}
