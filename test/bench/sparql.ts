/**
 * SPARQL in one process: our engine over the image, Oxigraph (WebAssembly) and Comunica on rdf-stores over
 * the same quads in the same graphs, all with the merge of the graphs as default graph.
 */

import { loadConfig } from '../../src/config.ts';
import { makeContinuum } from '../../src/demo/continuum.ts';
import { openFabric } from '../../src/fabric.ts';
import { ANONYMOUS } from '../../src/log/change.ts';
import { makeLogger } from '../../src/logging.ts';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { type RDF, toNQuads } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { SparqlEngine } from '../../src/sparql/engine.ts';
import { Image } from '../../src/store/image/image.ts';
import { type BenchOptions, quantile, row, spaced, type Topic, timed } from './bench.ts';

const PREFIXES = `PREFIX aeros: <${NS.aeros}> PREFIX cf: <${NS.cf}> PREFIX xsd: <${NS.xsd}>`;

/** What is asked of a continuum, from the cheapest to the dearest. */
const QUERIES: Readonly<Record<string, string>> = {
  'facts of one element': 'SELECT ?p ?o WHERE { <urn:ngsi-ld:InfrastructureElement:$element> ?p ?o }',
  'placement query': `SELECT ?e ?free WHERE {
    ?e a aeros:InfrastructureElement ; aeros:cpuArchitecture aeros:x64Architecture ; cf:trustScore ?trust ;
       cf:memoryAvailableBytes ?free ; cf:cpuUsageRatio ?cpu ; aeros:infrastructureElementTier aeros:EdgeTier .
    FILTER (?free > 4000000000 && ?cpu < 0.5 && ?trust >= 0.6) } ORDER BY DESC(?free) ?e LIMIT 10`,
  'free memory per domain': `SELECT ?domain (SUM(?free) AS ?sum) (COUNT(*) AS ?n) WHERE {
    ?e aeros:domain ?domain ; cf:memoryAvailableBytes ?free } GROUP BY ?domain`,
  'elements that lack a fact': `SELECT ?e WHERE {
    ?e a aeros:InfrastructureElement . FILTER NOT EXISTS { ?e cf:pricePerHourEuro ?price } }`,
  'all telemetry': `SELECT ?e ?cpu ?free ?disk WHERE {
    ?e cf:cpuUsageRatio ?cpu ; cf:memoryAvailableBytes ?free . OPTIONAL { ?e cf:diskAvailableBytes ?disk } }`,
};

interface Asked {
  (query: string): number | Promise<number>;
}

export const sparql: Topic = {
  name: 'sparql',
  sizes: [1000, 10_000],
  async *run(size, options) {
    const { quads, graphs, hostname } = await dataset(size, options.seed);
    options.note(`${spaced(quads.length)} quads`);
    const ours = ourEngine(quads, graphs);
    const peers = options.peers ? await peersOf(quads) : {};
    for (const [title, text] of Object.entries(QUERIES)) {
      const query = `${PREFIXES} ${text.replace('$element', hostname)}`;
      const name = `${title}, ${spaced(size)} elements`;
      if (!options.wants(name)) continue;
      const expected = await ours(query);
      const value = await median(ours, query, 40);
      if (Object.keys(peers).length === 0) yield row({ name, value, unit: 'ms p50', better: 'lower' });
      for (const [peer, asked] of Object.entries(peers)) {
        const found = await asked(query);
        if (found !== expected)
          throw new Error(`${peer} gives ${found} rows for "${title}", we give ${expected}`);
        const theirs = await median(asked, query, peer === 'Comunica' ? 5 : 20);
        yield row({ name: `${name}, beside ${peer}`, value, unit: 'ms p50', better: 'lower', peer: theirs });
      }
    }
  },
};

async function median(asked: Asked, query: string, times: number): Promise<number> {
  return quantile(await timed(times, Math.ceil(times / 4), () => asked(query)), 0.5);
}

/** The continuum as the fabric maps it, without the system graphs. */
async function dataset(
  size: number,
  seed: BenchOptions['seed'],
): Promise<{ quads: RDF.Quad[]; graphs: GraphNames; hostname: string }> {
  const fabric = await openFabric({ config: loadConfig(), logger: makeLogger('silent') });
  const continuum = makeContinuum({ elements: size, seed });
  const context = { principal: ANONYMOUS, tenant: 'default', requestId: 'bench' };
  for (const body of [continuum.surroundings, continuum.elements]) {
    await fabric.ngsiLd(context, { kind: 'upsert', mode: 'replace', body });
  }
  const graphs = new GraphNames(fabric.baseIri);
  const quads = [...fabric.dump(context).quads].filter(({ graph }) => graphs.classOf(graph) !== 'system');
  await fabric.close();
  return {
    quads,
    graphs,
    hostname: continuum.elements[0]!.id.replace('urn:ngsi-ld:InfrastructureElement:', ''),
  };
}

function ourEngine(quads: readonly RDF.Quad[], graphs: GraphNames): Asked {
  const image = new Image({ graphs });
  image.load(quads, 1);
  const { view } = image.snapshot();
  const engine = new SparqlEngine({
    graphs,
    now: Date.now,
    loadGeneral: () => Promise.reject(new Error('A query of the bench is not planned natively')),
  });
  return async (text) => {
    const result = await engine.query(engine.parse(text, { kind: 'query' }), view);
    if (result.kind !== 'select') throw new Error('The bench asks SELECT only');
    return result.rows.length;
  };
}

async function peersOf(quads: readonly RDF.Quad[]): Promise<Readonly<Record<string, Asked>>> {
  const [{ default: oxigraph }, { QueryEngine }, { RdfStore }] = await Promise.all([
    import('oxigraph'),
    import('@comunica/query-sparql-rdfjs'),
    import('rdf-stores'),
  ]);
  const store = new oxigraph.Store();
  store.load(quads.map((q) => `${toNQuads(q)}\n`).join(''), { format: 'application/n-quads' });
  const indexed = RdfStore.createDefault();
  for (const q of quads) indexed.addQuad(q);
  const comunica = new QueryEngine();
  return {
    Oxigraph: (text) => (store.query(text, { use_default_graph_as_union: true }) as unknown[]).length,
    Comunica: async (text) => {
      const bindings = await comunica.queryBindings(text, { sources: [indexed], unionDefaultGraph: true });
      return (await bindings.toArray()).length;
    },
  };
}
