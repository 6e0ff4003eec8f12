/** Merges in the background: nothing is lost or doubled while changes come, and readers keep their state. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';
import { ANY } from '../../src/store/graph-view.ts';
import { Image } from '../../src/store/image/image.ts';
import { Merging } from '../../src/store/merging.ts';

const graphs = new GraphNames('https://example.org/f/');
const cause = { kind: 'admin', principal: 'test', tenant: 'default' } as const;
const predicate = namedNode('urn:p');
const graph = namedNode('urn:g');
const valueOf = (element: number, value: number): RDF.Quad =>
  quad(namedNode(`urn:e${element}`), predicate, typed(value, 'integer'), graph);

const ELEMENTS = 270_000;

function newMerging(image: Image, errors: unknown[]): Merging {
  return new Merging({
    image,
    turnMs: 1,
    dutyRatio: 0.9,
    clock: () => performance.now(),
    sleep: async () => {
      await setImmediate();
    },
    onError: (error) => errors.push(error),
  });
}

describe('merging', () => {
  it('goes on beside writes, until the delta is in the base', async () => {
    const image = new Image({ graphs });
    const errors: unknown[] = [];
    const merging = newMerging(image, errors);
    const first = Array.from({ length: ELEMENTS }, (_, element) => valueOf(element, 0));
    image.stage({ cause, added: first, removed: [] }, 1);
    image.publish(1);
    const early = image.snapshot();
    merging.tick();
    const isMerged = (): boolean => merging.count > 0;
    assert.ok(!isMerged());
    let seq = 1;
    for (; !isMerged(); seq++) {
      const element = seq % ELEMENTS;
      const [before, after] = [Math.floor(seq / ELEMENTS), Math.floor(seq / ELEMENTS) + 1];
      image.stage({ cause, added: [valueOf(element, after)], removed: [valueOf(element, before)] }, seq + 1);
      image.publish(seq + 1);
      if (seq % 16 === 0) await setImmediate();
      assert.deepEqual(errors, []);
    }
    assert.ok(image.space().baseQuads >= ELEMENTS);
    using now = image.snapshot();
    assert.equal(now.view.match(ANY, ANY, ANY, ANY).length / 4, ELEMENTS);
    assert.equal(now.view.match(ANY, ANY, now.view.find(typed(1, 'integer')), ANY).length / 4, seq - 1);
    assert.equal(early.view.match(ANY, ANY, early.view.find(typed(0, 'integer')), ANY).length / 4, ELEMENTS);
    early.release();
    await merging.close();
  }).timeout(60_000);

  it('that is closed leaves the image as it was', async () => {
    const image = new Image({ graphs });
    const errors: unknown[] = [];
    const merging = newMerging(image, errors);
    image.stage({ cause, added: Array.from({ length: ELEMENTS }, (_, i) => valueOf(i, 0)), removed: [] }, 1);
    image.publish(1);
    merging.tick();
    await merging.close();
    assert.deepEqual([merging.count, errors, image.space().baseQuads], [0, [], 0]);
    assert.equal(image.statistics().pins, 0);
    assert.ok(image.isMergeDue);
  }).timeout(60_000);
});
