/**
 * Time passing as input: what has to change because a moment came. Pure; the clock is an argument.
 */
import type { RecordDocument } from '../mapping/record.ts';
import type { RecordRules } from '../write/record-quads.ts';

/** Records that their source did not report for longer than its time to live, oldest first. */
export function expiredRecords(
  documents: Iterable<RecordDocument>,
  rules: (source: string) => RecordRules | undefined,
  nowMs: number,
): RecordDocument[] {
  const expired: RecordDocument[] = [];
  for (const document of documents) {
    const ttlMs = rules(document.source)?.ttlMs;
    if (ttlMs === undefined || document.value === null) continue;
    if (Date.parse(document.receivedAt) + ttlMs < nowMs) expired.push(document);
  }
  return expired.sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
}

/** Deletes that need not be remembered any longer. */
export function passedTombstones(
  documents: Iterable<RecordDocument>,
  tombstoneMs: number,
  nowMs: number,
): RecordDocument[] {
  const passed: RecordDocument[] = [];
  for (const document of documents) {
    if (document.value === null && Date.parse(document.receivedAt) + tombstoneMs < nowMs)
      passed.push(document);
  }
  return passed;
}
