/** rdflib as a client: it reads documents of the fabric, makes patches of its own and sends them. */
import assert from 'node:assert/strict';
import {
  Fetcher,
  graph,
  type IndexedFormula,
  isBlankNode,
  lit,
  type Statement,
  st,
  sym,
  UpdateManager,
} from 'rdflib';
import { NS } from '../../src/rdf/vocab.ts';
import { startFabric, type TestFabric } from './harness.ts';

const FACTS = NS.cf;
const NOTE = sym('https://notes.example/ns#note');
const WROTE = sym('https://notes.example/ns#wrote');
const ELEMENT = sym('urn:ngsi-ld:InfrastructureElement:L:1');

/** Patches go where SPARQL 1.1 Protocol has them, and not to the address that was read. */
class ProtocolUpdater extends UpdateManager {
  readonly #endpoint: string;

  constructor(store: IndexedFormula, endpoint: string) {
    super(store);
    this.#endpoint = endpoint;
  }

  override editable(): string {
    return 'SPARQL';
  }

  override async fire(
    uri: string,
    query: string,
    callback: (uri: string, ok: boolean, message: string, response: Error | Response) => void,
  ): Promise<void> {
    try {
      const options = { contentType: 'application/sparql-update', body: query, noMeta: true };
      const response = await this.store.fetcher.webOperation('POST', this.#endpoint, options);
      callback(uri, response.ok, response.responseText ?? '', response);
    } catch (thrown) {
      callback(uri, false, String(thrown), thrown as Error);
    }
  }
}

/** A store of its own with one document in it: all that the fabric knows of the element. */
class Client {
  readonly store = graph();
  readonly document;
  readonly #fetcher = new Fetcher(this.store, { fetch: (url, init) => fetch(url, init) });
  readonly #updater;

  constructor(fabric: TestFabric) {
    const query = `CONSTRUCT { <${ELEMENT.value}> ?p ?o . ?o ?q ?r } WHERE { <${ELEMENT.value}> ?p ?o OPTIONAL { ?o ?q ?r } }`;
    this.document = sym(`${fabric.url}/sparql?query=${encodeURIComponent(query)}`);
    this.#updater = new ProtocolUpdater(this.store, `${fabric.url}/sparql`);
  }

  async load(): Promise<this> {
    await this.#fetcher.load(this.document, { force: true, headers: { accept: 'text/turtle' } });
    return this;
  }

  values(property: string): string[] {
    return this.store
      .each(ELEMENT, sym(property), null, this.document)
      .map((node) => node.value)
      .sort();
  }

  async patch(deletions: Statement[], insertions: Statement[]): Promise<void> {
    await this.#updater.updateMany(deletions, insertions);
  }
}

describe('end to end: rdflib as a client', function () {
  this.timeout(20_000);
  let fabric: TestFabric;
  beforeEach(async () => {
    fabric = await startFabric();
    await fabric.ingest('telemetry', {
      element: ELEMENT.value,
      hostname: 'host-1',
      memory: { availableMegabytes: 512 },
    });
  });
  afterEach(() => fabric.close());

  it('reads what came in', async () => {
    const client = await new Client(fabric).load();
    assert.deepEqual(client.values(`${FACTS}hostname`), ['host-1']);
    assert.deepEqual(client.values(`${FACTS}memoryAvailableBytes`), ['512000000']);
  });

  it('adds a statement, changes it, takes it away; another client sees each', async () => {
    const client = await new Client(fabric).load();
    const statement = (text: string) => st(ELEMENT, NOTE, lit(text, 'en'), client.document);
    const seen = async () => (await new Client(fabric).load()).values(NOTE.value);
    await client.patch([], [statement('hot aisle')]);
    assert.deepEqual(await seen(), ['hot aisle']);
    await client.patch([statement('hot aisle')], [statement('cold aisle, "row 3"\n')]);
    assert.deepEqual(await seen(), ['cold aisle, "row 3"\n']);
    assert.deepEqual(client.values(NOTE.value), ['cold aisle, "row 3"\n']);
    await client.patch([statement('cold aisle, "row 3"\n')], []);
    assert.deepEqual(await seen(), []);
    assert.deepEqual(client.values(`${FACTS}hostname`), ['host-1']);
  });

  it('finds a blank node again by what is said of it', async () => {
    const update = `INSERT DATA { <${ELEMENT.value}> <${NOTE.value}> [ <${WROTE.value}> "Ada" ] }`;
    assert.equal((await fabric.update(update)).status, 200);
    const client = await new Client(fabric).load();
    const [note] = client.store.each(ELEMENT, NOTE, null, client.document);
    assert.ok(isBlankNode(note));
    const wrote = (name: string) => st(note, WROTE, lit(name), client.document);
    await client.patch([wrote('Ada')], [wrote('Grace')]);
    const names = `SELECT ?x { <${ELEMENT.value}> <${NOTE.value}> [ <${WROTE.value}> ?x ] }`;
    assert.deepEqual(await fabric.values(names), ['Grace']);
  });

  it('cannot take away what a record states', async () => {
    const client = await new Client(fabric).load();
    await client.patch([st(ELEMENT, sym(`${FACTS}hostname`), lit('host-1'), client.document)], []);
    assert.deepEqual((await new Client(fabric).load()).values(`${FACTS}hostname`), ['host-1']);
  });
});
