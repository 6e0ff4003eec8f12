/**
 * A SPARQL endpoint as a target: INSERT DATA in batches (SPARQL 1.1 Protocol, "update via POST directly").
 *
 * A label of a blank node holds within one request, so quads that share blank nodes wait and go together.
 * IRIs that are none are refused. Batches are visible as soon as they are sent; an abort sends no more.
 */
import { FabricError, messageOf } from '../errors.ts';
import { isUnsafe, type RDF, toNTriples } from '../rdf/terms.ts';
import type { QuadSink } from './sink.ts';

const BATCH_QUADS = 5_000;
const DETAIL_CHARACTERS_MAX = 300;

export interface EndpointOptions {
  readonly timeoutMs: number;
}

export function openEndpointSink(endpoint: string, { timeoutMs }: EndpointOptions): QuadSink {
  let batch: RDF.Quad[] = [];
  const connected: RDF.Quad[] = [];
  const flush = async (): Promise<void> => {
    const quads = batch;
    batch = [];
    if (quads.length > 0) await post(endpoint, insertData(quads), timeoutMs);
  };
  return {
    name: endpoint,
    async write(quads) {
      for (const quad of quads) {
        checkIris(quad, endpoint);
        if (blankNodesOf(quad).length > 0) connected.push(quad);
        else if (batch.push(quad) >= BATCH_QUADS) await flush();
      }
    },
    async close() {
      for (const component of components(connected)) {
        if (batch.length + component.length > BATCH_QUADS) await flush();
        batch.push(...component);
      }
      await flush();
    },
    abort: () => Promise.resolve(),
  };
}

/**
 * SPARQL reads `\u003E` as the character itself before it reads anything else (section 19.2), so that an IRI with
 * such a character in it could become an update of its own.
 *
 * @throws FabricError `mapping-failed`
 */
function checkIris({ subject, predicate, object, graph }: RDF.Quad, endpoint: string): void {
  for (const term of [subject, predicate, object, graph]) {
    if (!isUnsafe(term)) continue;
    const shown = toNTriples(term);
    throw new FabricError(
      'mapping-failed',
      `Target <${endpoint}> cannot be given ${shown}, which is no IRI`,
      {
        extensions: { hint: 'Make it an IRI by rml:termType rml:IRI, or write to a file.' },
      },
    );
  }
}

function insertData(quads: readonly RDF.Quad[]): string {
  const graphs = Map.groupBy(quads, ({ graph }) => toNTriples(graph));
  const parts = Array.from(graphs, ([graph, members]) => {
    const triples = members.map(
      ({ subject, predicate, object }) =>
        `${toNTriples(subject)} ${toNTriples(predicate)} ${toNTriples(object)} .\n`,
    );
    return graph === '' ? triples.join('') : `GRAPH ${graph} {\n${triples.join('')}}\n`;
  });
  return `INSERT DATA {\n${parts.join('')}}`;
}

async function post(endpoint: string, body: string, timeoutMs: number): Promise<void> {
  const failed = (why: string, cause?: unknown): FabricError =>
    new FabricError('unreachable', `Target <${endpoint}> ${why}`, { cause });
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/sparql-update; charset=utf-8' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (thrown) {
    throw failed(`cannot be reached: ${messageOf(thrown)}`, thrown);
  }
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  const detail = await startOf(response).catch(() => '');
  throw failed(`answered ${response.status}${detail === '' ? '' : `: ${detail}`}`);
}

/** As much of an answer as a message shows. */
async function startOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= DETAIL_CHARACTERS_MAX) break;
  }
  return text.slice(0, DETAIL_CHARACTERS_MAX);
}

const blankNodesOf = ({ subject, object, graph }: RDF.Quad): readonly string[] =>
  [subject, object, graph].filter((term) => term.termType === 'BlankNode').map((term) => term.value);

/** Quads that hang together by blank nodes, by union-find over their labels. */
function components(quads: readonly RDF.Quad[]): Iterable<readonly RDF.Quad[]> {
  const parents = new Map<string, string>();
  const rootOf = (label: string): string => {
    let root = label;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root))
      root = next;
    parents.set(label, root);
    return root;
  };
  for (const quad of quads) {
    const [first, ...others] = blankNodesOf(quad);
    const root = rootOf(first!);
    for (const other of others) parents.set(rootOf(other), root);
  }
  return Map.groupBy(quads, (quad) => rootOf(blankNodesOf(quad)[0]!)).values();
}
