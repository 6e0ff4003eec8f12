/**
 * `npm run -s bench -- <topic> [--only NAME] [--size N] [--seed S] [--peers] [--long]`: measures a topic. The last line
 * is the rows as JSON; exit code 1 when a floor does not hold.
 */
import { parseArgs } from 'node:util';
import type { Row, Topic } from './bench.ts';

/** What `--long` adds. */
const LONG_SIZES = [50_000];

const TOPICS: ReadonlyMap<string, () => Promise<Topic>> = new Map([
  ['ingest', async () => (await import('./ingest.ts')).ingest],
  ['sparql', async () => (await import('./sparql.ts')).sparql],
  ['rml', async () => (await import('./rml.ts')).rml],
  ['placement', async () => (await import('./placement.ts')).placement],
  ['store', async () => (await import('./store.ts')).store],
]);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    size: { type: 'string' },
    seed: { type: 'string' },
    peers: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
  },
});
const load = TOPICS.get(positionals[0] ?? '');
if (!load) {
  console.error(
    `usage: npm run -s bench -- <${[...TOPICS.keys()].join(' | ')}> [--only NAME] [--size N] [--seed S] [--peers] [--long]`,
  );
  process.exit(2);
}
const topic = await load();
const rows: Row[] = [];
const sizes =
  values.size === undefined
    ? [...topic.sizes, ...(values.long ? (topic.longSizes ?? LONG_SIZES) : [])]
    : [Number(values.size)];
for (const size of sizes) {
  const options = {
    size,
    seed: Number(values.seed ?? topic.seed ?? 1),
    long: values.long,
    peers: values.peers,
    wants: (name: string) => values.only === undefined || name.includes(values.only),
    note: (text: string) => void process.stderr.write(`${text}\n`),
  };
  for await (const found of topic.run(size, options)) {
    rows.push(found);
    const { floor, ratioFloor, stored } = found;
    const bars = [
      ...(floor === null ? [] : [`floor ${floor}`]),
      ...(ratioFloor === undefined ? [] : [`floor ${ratioFloor} times the peer`]),
      ...(found.ok ? [] : ['NOT REACHED']),
      ...(stored === undefined ? [] : [`stored: ${stored.date}, ${stored.commit}`]),
    ];
    const peer = found.peer === null ? '' : `, peer ${found.peer}, ratio ${found.ratio}`;
    options.note(
      `${found.name}: ${found.value} ${found.unit}${peer}${bars.length === 0 ? '' : ` (${bars.join('; ')})`}`,
    );
  }
}
if (rows.length === 0) {
  console.error(`No row of ${topic.name} is called "${values.only}"`);
  process.exit(1);
}
console.log(JSON.stringify({ topic: topic.name, rows }));
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);
