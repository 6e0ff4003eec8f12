/** The file of the image: a start with it and a start without it come to the same, whatever became of the file. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { literal, namedNode, quad, quadKey, type RDF, typed } from '../../src/rdf/terms.ts';
import { eachQuadOf } from '../../src/store/lookup.ts';
import { openState, type State } from '../../src/store/state.ts';

const graphs = new GraphNames('https://example.org/f/');
const cause = { kind: 'update', principal: 'test', tenant: 'default' } as const;
const ELEMENTS = 3000;

/** Four quads of an element, one of which has a value. */
function* element(number: number, value: number): Generator<RDF.Quad> {
  const subject = namedNode(`urn:e${number}`);
  const graph = graphs.record('s', `k${number}`);
  yield quad(subject, namedNode('urn:name'), literal(`element ${number}`), graph);
  yield quad(subject, namedNode('urn:tag'), literal('naïve "tag"', 'en'), graph);
  yield quad(subject, namedNode('urn:value'), typed(value, 'integer'), graph);
  yield quad(subject, namedNode('urn:share'), typed(value / 100, 'decimal'), graph);
}

/** Compared as one: showing what differs would take longer than all else. */
const sameTexts = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

describe('the file of the image', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-image-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const file = (): string => join(folder, 'image.cache');
  const open = (withFile = true): Promise<State> =>
    openState({
      folders: {
        log: join(folder, 'log'),
        store: join(folder, 'store'),
        ...(withFile ? { image: file() } : {}),
      },
      config: loadConfig({ env: {} }),
      graphs,
      now: Date.now,
      onChange: () => undefined,
      onBackgroundError: (error) => {
        throw error as Error;
      },
    });
  const change = (state: State, added: RDF.Quad[], removed: RDF.Quad[]): Promise<unknown> =>
    state.writer.submit(() => ({ draft: { cause, added, removed }, answer: () => undefined }));
  const allOf = ({ image }: State): string[] => {
    using snapshot = image.snapshot();
    return [...eachQuadOf(snapshot.view, {})].map((q) => quadKey(q)).sort();
  };
  /** What stands in the end, after a start with the file that is there; and why it was not used. */
  const reopened = async (): Promise<{ quads: string[]; problem: string | undefined }> => {
    const state = await open();
    const result = { quads: allOf(state), problem: state.cacheProblem };
    await state.close();
    return result;
  };
  const filled = async (): Promise<string[]> => {
    const state = await open();
    const added = Array.from({ length: ELEMENTS }, (_, number) => [...element(number, number)]).flat();
    await change(state, added, []);
    await change(state, [...element(1, 77)].slice(2), [...element(1, 1)].slice(2));
    const quads = allOf(state);
    await state.close();
    return quads;
  };

  it('is written at the end and used at the start', async () => {
    const quads = await filled();
    const { quads: found, problem } = await reopened();
    assert.equal(problem, undefined);
    assert.ok(sameTexts(found, quads));
    const state = await open();
    await change(state, [...element(2, 99)].slice(2), [...element(2, 2)].slice(2));
    const later = allOf(state);
    await state.close();
    const again = await reopened();
    assert.equal(again.problem, undefined);
    assert.ok(sameTexts(again.quads, later));
  }).timeout(60_000);

  it('of an earlier state is brought up to the present by the log', async () => {
    await filled();
    const earlier = join(folder, 'earlier');
    await copyFile(file(), earlier);
    const state = await open(false);
    for (let number = 0; number < 20; number++)
      await change(state, [...element(number, 500)].slice(2), [...element(number, number)].slice(2));
    const quads = allOf(state);
    await state.close();
    await copyFile(earlier, file());
    const { quads: found, problem } = await reopened();
    assert.equal(problem, undefined);
    assert.ok(sameTexts(found, quads));
  }).timeout(60_000);

  it('that is damaged, foreign or of another graph is not used, and written anew', async () => {
    const quads = await filled();
    const sound = await readFile(file());
    const flipped = Buffer.from(sound);
    flipped[Math.floor(sound.length / 2)]! ^= 4;
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [flipped, /checksum/],
      [sound.subarray(0, sound.length - 100), /ends/],
      [Buffer.from('nothing of the kind'), /./],
    ];
    for (const [bytes, reason] of cases) {
      await writeFile(file(), bytes);
      const { quads: found, problem } = await reopened();
      assert.match(problem ?? '', reason);
      assert.ok(sameTexts(found, quads));
      assert.equal((await reopened()).problem, undefined, 'the file is whole again');
    }
  }).timeout(60_000);

  it('that reaches beyond the store is not used', async () => {
    await filled();
    const later = await readFile(file());
    await rm(join(folder, 'store'), { recursive: true });
    await rm(join(folder, 'log'), { recursive: true });
    await writeFile(file(), later);
    const { quads, problem } = await reopened();
    assert.match(problem ?? '', /it reaches to change 2, the store to change 0/);
    assert.deepEqual(quads, []);
  }).timeout(60_000);
});
