import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FactView } from '../../src/placement/fact-view.ts';
import { namedNode, quad, typed } from '../../src/rdf/terms.ts';
import { ANY, type GraphView, MERGED, NAMED } from '../../src/store/graph-view.ts';
import { OverlayView } from '../../src/store/overlay-view.ts';
import { graphs, World } from './world.ts';

const names = ['a', 'b', 'new'].map((name) => namedNode(`urn:x:${name}`));
const predicates = ['p', 'q'].map((name) => namedNode(`urn:x:${name}`));
const objects = [...names, typed(1, 'integer'), typed(7, 'integer')];

const anyFact = fc.tuple(
  fc.constantFrom(...names),
  fc.constantFrom(...predicates),
  fc.constantFrom(...objects),
);

function seen(view: GraphView, ids: readonly [number, number, number, number]): string[] {
  const found = view.match(...ids);
  const lines: string[] = [];
  for (let i = 0; i < found.length; i += 4) {
    lines.push([0, 1, 2].map((place) => view.term(found[i + place]!).value).join(' '));
  }
  return lines.sort();
}

describe('fact view', () => {
  it('shows in the merge what an overlay of the same facts shows, and nothing elsewhere', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 12 }), (facts) => {
        const base = new World(':a :p :b , 1 . :b :q :a .').view;
        const view = new FactView(base, facts);
        const overlay = new OverlayView(base, graphs);
        for (const [s, p, o] of facts) overlay.add(quad(s, p, o));
        for (const s of [undefined, ...names]) {
          for (const p of [undefined, ...predicates]) {
            for (const o of [undefined, ...objects]) {
              const ids = (on: GraphView, graph: number): [number, number, number, number] => [
                s ? on.find(s) : ANY,
                p ? on.find(p) : ANY,
                o ? on.find(o) : ANY,
                graph,
              ];
              const found = seen(view, ids(view, MERGED));
              assert.deepEqual(found, seen(overlay, ids(overlay, MERGED)));
              assert.ok(view.estimate(...ids(view, MERGED)) >= found.length);
              assert.equal(view.has(...ids(view, MERGED)), found.length > 0);
              assert.deepEqual(seen(view, ids(view, NAMED)), seen(base, ids(base, NAMED)));
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
