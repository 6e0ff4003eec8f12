/** Ingest: live-dialect entities and PATCH bodies over HTTP, each answered after its fsync. */
import { makeContinuum } from '../../src/demo/continuum.ts';
import { quantile, row, spaced, type Topic } from './bench.ts';
import { inParallel, Served } from './served.ts';

/** Senders at once. */
const SENDERS = 32;
const BATCH = 100;
const MEASURED_MS = 15_000;

export const ingest: Topic = {
  name: 'ingest',
  sizes: [1000, 10_000],
  async *run(size, { seed, wants }) {
    const continuum = makeContinuum({ elements: size, seed });
    const served = await Served.start();
    const named = (name: string): string => `${name}, ${spaced(size)} elements`;
    try {
      const batches = Array.from({ length: Math.ceil(size / BATCH) }, (_, i) =>
        JSON.stringify(continuum.elements.slice(i * BATCH, (i + 1) * BATCH)),
      );
      await served.must(
        201,
        'POST',
        '/ngsi-ld/v1/entityOperations/upsert',
        JSON.stringify(continuum.surroundings),
      );
      let start = performance.now();
      await inParallel(batches, 4, async (body) => {
        await served.must(201, 'POST', '/ngsi-ld/v1/entityOperations/upsert', body);
      });
      yield row({
        name: named('whole entities in batches'),
        value: (size / (performance.now() - start)) * 1000,
        unit: 'records/s',
        better: 'higher',
      });

      const latencies: number[] = [];
      let turn = 0;
      start = performance.now();
      const send = async (): Promise<void> => {
        while (performance.now() - start < MEASURED_MS) {
          const at = turn++;
          const { id, body } = continuum.reading(at % size, 1 + Math.floor(at / size));
          const began = performance.now();
          await served.must(
            204,
            'PATCH',
            `/ngsi-ld/v1/entities/${encodeURIComponent(id)}`,
            JSON.stringify(body),
          );
          latencies.push(performance.now() - began);
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, send));
      yield row({
        name: named('live PATCH over HTTP'),
        value: (latencies.length / (performance.now() - start)) * 1000,
        unit: 'records/s',
        better: 'higher',
        floor: size === 1000 ? 300 : undefined,
      });
      yield row({
        name: named('live PATCH p50'),
        value: quantile(latencies, 0.5),
        unit: 'ms',
        better: 'lower',
      });
      yield row({
        name: named('live PATCH p99'),
        value: quantile(latencies, 0.99),
        unit: 'ms',
        better: 'lower',
      });
      if (wants(named('restart'))) {
        await served.stop();
        yield row({
          name: named('restart'),
          value: await served.open(),
          unit: 'ms until ready',
          better: 'lower',
        });
      }
    } finally {
      await served.dispose();
    }
  },
};
