/** The hash table of ids against a plain list, with hashes that meet, wrap around and share segments. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { IdTable } from '../../src/store/image/id-table.ts';

const idsOf = (table: IdTable, hash: number): readonly number[] => {
  const ids: number[] = [];
  for (let id = table.first(hash); id !== 0; id = table.next()) ids.push(id);
  return ids.sort((a, b) => a - b);
};

/** Of two segments, around the end of a small one. */
const anyHash = fc
  .tuple(fc.constantFrom(0, 0x7f00_0000, 0xff00_0000), fc.nat({ max: 20 }))
  .map(([segment, low]) => segment | (low - 6 < 0 ? 0x00ff_fff0 + low : low) | 0);

describe('table of ids', () => {
  it('finds every id by its hash, and no other, whatever came and went', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), anyHash), { maxLength: 200 }),
        fc.nat({ max: 3000 }),
        (steps, size) => {
          const table = new IdTable(size);
          const held: { id: number; hash: number }[] = [];
          let next = 1;
          for (const [isEntered, hash] of steps) {
            if (isEntered || held.length === 0) {
              idsOf(table, hash);
              table.enter(next);
              held.push({ id: next++, hash });
            } else {
              const [gone] = held.splice(Math.abs(hash) % held.length, 1);
              table.remove(gone!.id, gone!.hash);
            }
            for (const asked of [hash, hash ^ 1]) {
              deepEqual(
                idsOf(table, asked),
                held.filter((each) => each.hash === asked).map(({ id }) => id),
              );
            }
          }
          for (const { id, hash } of held) equal(idsOf(table, hash).includes(id), true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('grows segment by segment, and not when there was room from the start', () => {
    const grown = new IdTable(0);
    const roomy = new IdTable(100_000);
    const { bytes } = roomy;
    for (let id = 1; id <= 100_000; id++) {
      const hash = Math.imul(id, 0x9e3779b1);
      for (const table of [grown, roomy]) {
        idsOf(table, hash);
        table.enter(id);
      }
    }
    equal(roomy.bytes, bytes);
    equal(grown.bytes <= 2 * bytes, true);
    throws(() => {
      roomy.remove(1, 2);
    }, /The id 1 is not in the table/);
  });
});
