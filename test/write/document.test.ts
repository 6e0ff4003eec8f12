/** The fold of versions into a document: times decide, not the order of arrival. */
import assert from 'node:assert/strict';
import type { RecordEffect } from '../../src/log/change.ts';
import type { RecordDocument } from '../../src/mapping/record.ts';
import { nextDocument } from '../../src/write/document.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 2, 1) + seconds * 1000).toISOString();

type Version = Pick<RecordEffect, 'op'> & Partial<RecordEffect> & { readonly time: number };

const merge = (time: number, value: object, more: Partial<RecordEffect> = {}): Version =>
  ({ op: 'merge', time, value, ...more }) as Version;
const replace = (time: number, value: object): Version => ({ op: 'replace', time, value }) as Version;
const remove = (time: number): Version => ({ op: 'delete', time });
const drop = (time: number, ...members: string[]): Version => merge(time, {}, { drop: members });

/** What the versions come to in this order, as it is after a restart: through JSON. */
function fold(versions: readonly Version[]): { value: unknown; last: string } {
  let document: RecordDocument | undefined;
  let last = '';
  for (const { time, ...version } of versions) {
    const effect = { source: 's', key: 'k', observedAt: at(time), receivedAt: at(100), ...version };
    const next = nextDocument(document, effect);
    last = next.changed;
    if (last !== 'stale' && last !== 'nothing') {
      document = JSON.parse(JSON.stringify(next.document)) as RecordDocument;
    }
  }
  return { value: document?.value, last };
}

const cases: readonly (readonly [string, readonly Version[], unknown, string])[] = [
  ['a merge keeps the rest', [replace(1, { a: 1, b: 2 }), merge(2, { a: 3 })], { a: 3, b: 2 }, 'values'],
  ['a late merge does not win', [merge(2, { a: 1 }), merge(1, { a: 2 })], { a: 1 }, 'stale'],
  ['a late merge adds what was unknown', [merge(2, { a: 1 }), merge(1, { b: 2 })], { a: 1, b: 2 }, 'values'],
  [
    'a whole version takes the rest away',
    [replace(1, { a: 1, b: 2 }), replace(2, { a: 1 })],
    { a: 1 },
    'values',
  ],
  [
    'a late whole version brings nothing back',
    [replace(2, { a: 1 }), replace(1, { a: 0, b: 2 })],
    { a: 1 },
    'stale',
  ],
  ['a late merge brings nothing back', [replace(2, { a: 1 }), merge(1, { b: 2 })], { a: 1 }, 'stale'],
  ['a delete takes what is older', [merge(1, { a: 1 }), remove(2)], null, 'values'],
  ['a delete leaves what is newer', [merge(1, { a: 1 }), merge(3, { b: 1 }), remove(2)], { b: 1 }, 'values'],
  ['what is late does not undo a delete', [merge(1, { a: 1 }), remove(3), merge(2, { a: 2 })], null, 'stale'],
  [
    'nor after the record came back',
    [merge(1, { a: 1 }), remove(3), merge(4, { b: 1 }), merge(2, { a: 2 })],
    { b: 1 },
    'stale',
  ],
  ['a member is taken away', [merge(1, { a: 1, b: 2 }), drop(2, 'a')], { b: 2 }, 'values'],
  [
    'what is late does not bring a member back',
    [merge(1, { a: 1, b: 2 }), drop(3, 'a'), merge(2, { a: 5 })],
    { b: 2 },
    'stale',
  ],
  [
    'what is newer does',
    [merge(1, { a: 1, b: 2 }), drop(3, 'a'), merge(4, { a: 5 })],
    { b: 2, a: 5 },
    'values',
  ],
  [
    'a member that is gone is remembered over other versions',
    [merge(1, { a: 1, b: 2 }), drop(5, 'a'), merge(6, { b: 3 }), merge(4, { a: 5 })],
    { b: 3 },
    'stale',
  ],
  ['the same again, later, is newer', [merge(1, { a: 1 }), merge(2, { a: 1 })], { a: 1 }, 'times'],
  ['the same again is nothing', [merge(1, { a: 1 }), merge(1, { a: 1 })], { a: 1 }, 'nothing'],
  [
    'members may have any name',
    [
      merge(1, { constructor: 1, toString: 2, ['__proto__']: 3 }),
      merge(2, { valueOf: 4 }),
      merge(3, { toString: 5 }),
    ],
    { constructor: 1, toString: 5, ['__proto__']: 3, valueOf: 4 },
    'values',
  ],
];

describe('record documents', () => {
  for (const [title, versions, value, last] of cases) {
    it(title, () => {
      const found = fold(versions);
      assert.equal(JSON.stringify(sorted(found.value)), JSON.stringify(sorted(value)));
      assert.equal(found.last, last);
    });
  }
});

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).sort() : value;
