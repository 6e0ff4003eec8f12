/**
 * One thing said in each dialect: what two dialects can both say comes out the same, triple for triple, and
 * what only one can say is what its own file expects.
 *
 * With UPDATE_EXPECT=1 the expected files are written anew; read the difference before it is kept.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIALECTS, type Dialect } from '../../src/ontology/crosswalk-table.ts';
import { diffQuads } from '../../src/rdf/dataset.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { FIXTURES, type Kind, kinds, shared, stated, statements } from './dialects.ts';
import { crosswalk } from './tables.ts';

const KINDS = kinds();
const PAIRS = DIALECTS.flatMap((a, index) => DIALECTS.slice(index + 1).map((b) => [a, b] as const));

const canonical = (kind: Kind, dialect: Dialect) => crosswalk.canonicalise(kind.dialects.get(dialect)!).quads;

async function expectFile(path: string, actual: string): Promise<void> {
  if (process.env['UPDATE_EXPECT'] !== undefined) writeFileSync(path, actual);
  assert.equal(actual, readFileSync(path, 'utf8'), path);
  await Promise.resolve();
}

describe('dialects', () => {
  it('there are fixtures of each dialect', () => {
    for (const dialect of DIALECTS)
      assert.ok(
        KINDS.some((kind) => kind.dialects.has(dialect)),
        dialect,
      );
  });

  for (const kind of KINDS) {
    describe(kind.name, () => {
      const present = [...kind.dialects.keys()];

      for (const [a, b] of PAIRS.filter((pair) => pair.every((dialect) => kind.dialects.has(dialect)))) {
        const rows = shared(kind, [a, b]);
        it(`${a} and ${b} agree on ${rows.map((row) => row.concept).join(', ')}`, async () => {
          assert.ok(rows.length > 0, 'the tables name nothing that both can say');
          for (const dialect of [a, b]) {
            const said = stated(dialect, kind.dialects.get(dialect)!);
            const silent = rows.filter((row) => !said.includes(row)).map((row) => row.concept);
            assert.deepEqual(silent, [], `the fixture of ${dialect} leaves out what it can say`);
          }
          const [left, right] = [a, b].map((dialect) => statements(canonical(kind, dialect), rows));
          assert.equal(await canonicalNQuads(left!), await canonicalNQuads(right!));
          const predicates = new Set(left!.map((q) => q.predicate.value));
          for (const row of rows) {
            for (const term of [...(row.aeros === undefined ? [] : [row.aeros]), ...row.cf]) {
              assert.ok(predicates.has(term), `${row.concept} gives no ${term}`);
            }
          }
        });
      }

      it('all of its dialects say what the common file expects', async () => {
        for (const dialect of present) {
          const common = statements(canonical(kind, dialect), shared(kind, present));
          await expectFile(join(FIXTURES, kind.name, 'common.nq'), await canonicalNQuads(common));
        }
      });

      for (const dialect of present) {
        it(`${dialect} says the rest that its file expects`, async () => {
          const all = canonical(kind, dialect);
          const rest = diffQuads(statements(all, shared(kind, present)), all).added;
          await expectFile(join(FIXTURES, kind.name, `${dialect}.rest.nq`), await canonicalNQuads(rest));
        });
      }
    });
  }

  it('every name of an attribute in the tables is in a fixture of its dialect', () => {
    const missing: string[] = [];
    for (const row of crosswalk.tables.properties.filter(({ kind }) => kind !== 'secret')) {
      for (const dialect of DIALECTS) {
        for (const name of row.names[dialect]) {
          const used = KINDS.some((kind) =>
            kind.dialects.get(dialect)?.some((quad) => {
              return (
                quad.predicate.value === name.iri &&
                stated(dialect, kind.dialects.get(dialect)!).includes(row)
              );
            }),
          );
          if (!used) missing.push(`${row.concept} ${dialect} ${name.iri}`);
        }
      }
    }
    assert.deepEqual(missing, []);
  });

  it('no fixture leaves a value or a term unread', () => {
    const allowed = new Set(['scale-adjusted']);
    for (const kind of KINDS) {
      for (const [dialect, quads] of kind.dialects) {
        const { diagnostics } = crosswalk.canonicalise(quads);
        assert.deepEqual(
          diagnostics.filter(({ code }) => !allowed.has(code)),
          [],
          `${kind.name} ${dialect}`,
        );
      }
    }
  });
});
