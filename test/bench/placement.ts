/** Placement over HTTP: one component, several at once, and every reason against every other element. */
import { makeContinuum } from '../../src/demo/continuum.ts';
import { quantile, row, spaced, type Topic, timed } from './bench.ts';
import { inParallel, Served } from './served.ts';

const BATCH = 100;

const component = (name: string) => ({
  name,
  image: 'example/worker:1',
  requirements: {
    cpuMillicores: 500,
    memoryBytes: 256_000_000,
    cpuArchitecture: 'x86_64',
    trustScoreMin: 0.6,
  },
});

/** The time since the last report plays no part here: a bench sends everything once. */
const fresh = { freshnessSeconds: null };

const REQUESTS = {
  'one component': { body: { components: [component('a')] }, floor: 300, times: 50 },
  'one component, reserved': { body: { components: [component('a')] }, times: 30 },
  'one component, explain summary': { body: { components: [component('a')], explain: 'summary' }, times: 20 },
  'one component, explain full': { body: { components: [component('a')], explain: 'full' }, times: 5 },
  'five components': { body: { components: ['a', 'b', 'c', 'd', 'e'].map(component) }, times: 20 },
} as const;

export const placement: Topic = {
  name: 'placement',
  sizes: [1000, 10_000],
  async *run(size, { seed, wants }) {
    const continuum = makeContinuum({ elements: size, seed });
    const served = await Served.start();
    try {
      const entities = [...continuum.surroundings, ...continuum.elements];
      const batches = Array.from({ length: Math.ceil(entities.length / BATCH) }, (_, i) =>
        JSON.stringify(entities.slice(i * BATCH, (i + 1) * BATCH)),
      );
      await inParallel(batches, 4, async (body) => {
        await served.must(201, 'POST', '/ngsi-ld/v1/entityOperations/upsert', body);
      });
      for (const [title, request] of Object.entries(REQUESTS)) {
        const name = `${title}, ${spaced(size)} elements`;
        if (!wants(name)) continue;
        const dryRun = title !== 'one component, reserved';
        const components = request.body.components.map((c) => ({
          ...c,
          requirements: { ...c.requirements, ...fresh },
        }));
        const body = JSON.stringify({ ...request.body, components, service: 'bench', dryRun });
        const times = await timed(request.times, 3, async () => {
          const answer = JSON.parse(await served.must(200, 'POST', '/v1/placements', body)) as {
            outcome: string;
          };
          if (answer.outcome !== 'placed') throw new Error(`The bench request came out ${answer.outcome}`);
        });
        const floor = 'floor' in request && size === 1000 ? request.floor : undefined;
        yield row({ name, value: quantile(times, 0.5), unit: 'ms p50', better: 'lower', floor });
      }
    } finally {
      await served.dispose();
    }
  },
};
