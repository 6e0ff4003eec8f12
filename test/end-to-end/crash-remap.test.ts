/**
 * kill -9 while a fabric maps its records again, after a change of the mapping or of a record that many join
 * with: what it comes to in the end is what it would be if nothing had ever happened to it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { removeFolder, type ServeProcess, serve, startFabric, temporaryFolder, until } from './harness.ts';
import { thingsAtSites, thingsMapping } from './things.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const ROUNDS = Number(process.env['FABRIC_CRASH_ROUNDS'] ?? 4);
const THINGS = 400;

/** What a round does before the process is killed, all of it at once. */
interface Round {
  readonly property: string | undefined;
  readonly name: string | undefined;
  readonly things: number;
  readonly killAfterMs: number;
  /** Whether the kill comes only when all of it has been acknowledged: then records are being mapped. */
  readonly acknowledged: boolean;
}

const round = fc.record<Round>({
  property: fc.option(fc.constantFrom('first', 'second', 'third'), { nil: undefined }),
  name: fc.option(fc.constantFrom('north', 'south', 'west'), { nil: undefined }),
  things: fc.integer({ min: 0, max: 20 }),
  killAfterMs: fc.integer({ min: 5, max: 250 }),
  acknowledged: fc.constant(false),
});

const LAST: Round = { property: 'fourth', name: undefined, things: 0, killAfterMs: 20, acknowledged: true };

describe('end to end: kill -9 while records are mapped again', function () {
  this.timeout(40_000 * Math.max(6, ROUNDS));
  const folder = temporaryFolder();
  const config = {
    writer: { groupLengthMax: 20 },
    records: { joinedMax: 15 },
    checkpoint: { changesMax: 60, intervalSeconds: 1 },
    sources: thingsAtSites(folder).sources,
  };
  let running: ServeProcess | undefined;
  after(async () => {
    await running?.end('SIGKILL');
    removeFolder(folder);
  });

  it(`${ROUNDS} times (seed ${SEED})`, async () => {
    const directory = join(folder, 'data');
    running = await serve(directory, config);
    const baseIri = await running.baseIri();
    let known: State = { property: 'first', name: 'north', versions: Array<number>(THINGS).fill(0) };
    await running.ingest('sites', [siteOf(known)]);
    await running.ingest('things', thingsOf(known, 0, THINGS));
    let interrupted = 0;
    const rounds = [...fc.sample(round, { seed: SEED, numRuns: ROUNDS - 1 }), LAST];
    for (const [index, each] of rounds.entries()) {
      const next = stateAfter(known, each, index + 1);
      const process = running;
      const sent = [
        each.property === undefined
          ? Promise.resolve()
          : process.send('/v1/sources/things/mapping', thingsMapping(each.property), PUT_TURTLE),
        each.name === undefined ? Promise.resolve() : process.ingest('sites', [siteOf(next)]),
        each.things === 0 ? Promise.resolve() : process.ingest('things', thingsOf(next, 0, each.things)),
      ];
      const answered = Promise.allSettled(sent).then((all) =>
        all.map(({ status }) => status === 'fulfilled'),
      );
      if (each.acknowledged) await answered;
      await sleep(each.killAfterMs);
      await process.end('SIGKILL');
      const [mapping, site, things] = await answered;
      running = await serve(directory, config);
      if (await isPending(running)) interrupted++;
      await settled(running);
      const found = await stateOf(running, known, next);
      if (each.property !== undefined && mapping === true)
        assert.equal(found.property, next.property, 'a mapping was acknowledged');
      if (each.name !== undefined && site === true)
        assert.equal(found.name, next.name, 'a site was acknowledged');
      if (each.things > 0 && things === true)
        assert.deepEqual(found.versions, next.versions, 'things were acknowledged');
      assert.deepEqual(await running.dump(), await cleanGraph(found, baseIri), JSON.stringify(each));
      known = found;
    }
    assert.ok(interrupted > 0, 'no kill came while records were mapped again');
    assert.equal(await running.end('SIGTERM'), 0);
  });

  /** The graph of a fabric that was given this state and never harmed. */
  async function cleanGraph(state: State, base: string): Promise<string[]> {
    await using fabric = await startFabric({ config: { ...config, baseIri: base } });
    const answer = await fabric.send('/v1/sources/things/mapping', thingsMapping(state.property), PUT_TURTLE);
    assert.equal(answer.status, 200, answer.text);
    await fabric.ingest('sites', [siteOf(state)]);
    await fabric.ingest('things', thingsOf(state, 0, THINGS));
    await fabric.fabric.tick();
    return await fabric.dump();
  }
});

const PUT_TURTLE = { method: 'PUT', type: 'text/turtle' };

/** What the records and the mapping say. */
interface State {
  readonly property: string;
  readonly name: string;
  /** Of each thing. */
  readonly versions: readonly number[];
}

const stateAfter = (known: State, { property, name, things }: Round, version: number): State => ({
  property: property ?? known.property,
  name: name ?? known.name,
  versions: known.versions.map((before, index) => (index < things ? version : before)),
});

const siteOf = ({ name }: State): object => ({ id: 's', name });

const thingsOf = ({ versions }: State, from: number, to: number): readonly object[] =>
  versions.slice(from, to).map((v, index) => ({ id: `t${from + index}`, v, site: 's' }));

/** Whether records wait to be mapped again. */
async function isPending(process: ServeProcess): Promise<boolean> {
  const { text } = await process.request('/metrics');
  return /^fabric_source_remap_pending_records\{source="things"\} [1-9]/m.test(text);
}

/** Waits until that is done, and until it is written down that it is. */
const settled = (process: ServeProcess): Promise<void> =>
  until(
    async () =>
      !(await isPending(process)) &&
      !(await process.dump()).some((line) => /#(?:remapVersion|joinsOwed)>/.test(line)),
    'all records are mapped again',
    60_000,
  );

/** What has come through: of each part what was known, or what was sent when the process was killed. */
async function stateOf(process: ServeProcess, known: State, next: State): Promise<State> {
  const { text } = await process.request('/v1/sources/things/mapping', {
    headers: { accept: 'text/turtle' },
  });
  const property = [known, next].find((state) => text === thingsMapping(state.property))?.property;
  const [site = ''] = await process.values('SELECT ?x { ?x a <http://ex.org/Site> }');
  const name = [known, next].find((state) => site.endsWith(`/${state.name}`))?.name;
  assert.ok(property !== undefined && name !== undefined, `${site} ${text}`);
  const rows = await process.sparql(`SELECT ?s ?v { ?s <http://ex.org/${property}> ?v }`);
  const found = new Map(rows.map((row) => [row['s'], Number(row['v'])]));
  const versions = known.versions.map((before, index) => {
    const version = found.get(`http://ex.org/thing/t${index}`);
    assert.ok([before, next.versions[index]].includes(version), `thing ${index} is at ${version}`);
    return version ?? before;
  });
  return { property, name, versions };
}
