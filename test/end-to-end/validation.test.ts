/** Validation on the way in, by the policy of the source; across records, as those arrive and go; and by itself. */
import assert from 'node:assert/strict';
import { checkProblem, entityPath } from './door.ts';
import { startFabric, type TestFabric, until } from './harness.ts';

const POLICIES = ['reject', 'quarantine', 'annotate'] as const;
const element = (name: string): string => `urn:ngsi-ld:InfrastructureElement:V:${name}`;

describe('end to end: validation', function () {
  this.timeout(20_000);
  let fabric: TestFabric;
  let violationsGraph: string;
  before(async () => {
    const sources = POLICIES.map((policy) => ({
      ...{
        kind: 'http',
        name: policy,
        policy,
        mapping: 'telemetry',
        key: 'element',
        observedAt: 'observedAt',
      },
    }));
    fabric = await startFabric({ config: { sources } });
    violationsGraph = `${await fabric.baseIri()}graph/system/violations`;
  });
  after(() => fabric.close());

  /** Paths at which a node breaks a shape now. */
  const violations = (node: string): Promise<string[]> =>
    fabric.values(
      `SELECT ?x { GRAPH <${violationsGraph}> { ?r sh:focusNode <${node}> ; sh:resultPath ?x } }`,
    );
  const known = async (node: string): Promise<boolean> =>
    (await fabric.sparql(`SELECT ?p { <${node}> ?p ?o } LIMIT 1`)).length > 0;
  const aside = (node: string): Promise<string[]> =>
    fabric.values(`SELECT ?x { GRAPH ?x { ?x a cf:QuarantinedRecord ; cf:recordKey "${node}" } }`);

  const WHAT_BECOMES: Readonly<
    Record<(typeof POLICIES)[number], { status: number; known: boolean; aside: number; noted: boolean }>
  > = {
    reject: { status: 422, known: false, aside: 0, noted: false },
    quarantine: { status: 207, known: false, aside: 1, noted: false },
    annotate: { status: 202, known: true, aside: 0, noted: true },
  };
  for (const policy of POLICIES) {
    it(`a record that breaks a shape, under the policy ${policy}`, async () => {
      const node = element(policy);
      const expected = WHAT_BECOMES[policy];
      const answer = await fabric.send(`/v1/ingest/${policy}`, { element: node, cpu: { cores: -3 } });
      assert.equal(answer.status, expected.status, answer.text);
      if (policy === 'reject') checkProblem(answer, 422, 'shape-violation');
      assert.equal(await known(node), expected.known);
      assert.equal((await aside(node)).length, expected.aside);
      if (!expected.noted) {
        assert.deepEqual(await violations(node), []);
        return;
      }
      await until(async () => (await violations(node)).length > 0, 'the violation is noted');
      await fabric.ingest(policy, { element: node, cpu: { cores: 3 } });
      await until(async () => (await violations(node)).length === 0, 'the violation is gone');
    });
  }

  it('what arrives late neither mends nor replaces a later version that was refused', async () => {
    const node = element('late');
    const from = Date.now() - 3_600_000;
    const say = async (second: number, cores: number) => {
      const observedAt = new Date(from + second * 1000).toISOString();
      const { counts } = await fabric.ingest('quarantine', { element: node, observedAt, cpu: { cores } });
      return Object.entries(counts).flatMap(([status, count]) =>
        status !== 'received' && count > 0 ? [status] : [],
      );
    };
    const cores = `SELECT ?x { <${node}> aeros:cpuCores ?x }`;
    const staleSince = 'SELECT ?x { GRAPH ?g { ?g cf:recordKey "' + node + '" . ?r cf:staleSince ?x } }';
    assert.deepEqual(await say(10, 1), ['accepted']);
    assert.deepEqual(await say(30, -4), ['quarantined']);
    const since = await fabric.values(staleSince);
    assert.equal(since.length, 1);
    assert.deepEqual(await say(20, 2), ['accepted'], 'newer than the last good one');
    assert.deepEqual(await fabric.values(cores), ['2']);
    assert.deepEqual(await say(25, -2), ['stale'], 'older than the one that was refused');
    assert.deepEqual(await say(40, -3), ['quarantined']);
    assert.deepEqual(await fabric.values(staleSince), since, 'stale since the first refusal');
    const seq = await fabric.seq();
    assert.deepEqual(
      [await say(40, -3), await fabric.seq()],
      [['quarantined'], seq],
      'again, and nothing new',
    );
    assert.deepEqual(await say(50, 3), ['accepted']);
    assert.deepEqual([await aside(node), await fabric.values(cores)], [[], ['3']]);
  });

  it('an element may come before its domain: that is noted, and no longer when the domain comes', async () => {
    const node = element('early');
    const domain = 'urn:ngsi-ld:Domain:V';
    const sent = {
      id: node,
      type: 'InfrastructureElement',
      domain: { type: 'Relationship', object: domain },
    };
    assert.equal((await fabric.send('/ngsi-ld/v1/entities', sent)).status, 201);
    await until(
      async () => (await violations(node)).some((path) => path.endsWith('#domain')),
      'the domain is missed',
    );
    assert.equal(await known(node), true);
    assert.equal((await fabric.send('/ngsi-ld/v1/entities', { id: domain, type: 'Domain' })).status, 201);
    await until(
      async () => !(await violations(node)).some((path) => path.endsWith('#domain')),
      'the domain is there',
    );
    assert.equal((await fabric.remove(entityPath(domain))).status, 204);
    await until(
      async () => (await violations(node)).some((path) => path.endsWith('#domain')),
      'the domain is missed again',
    );
  });

  const ELEMENT = 'https://w3id.org/aerOS/continuum#InfrastructureElement';
  const CORES = 'https://w3id.org/aerOS/continuum#cpuCores';
  const RDF_NS = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
  const INTEGER = 'http://www.w3.org/2001/XMLSchema#integer';
  const FORMATS: Readonly<Record<string, (cores: number) => string>> = {
    'text/turtle': (cores) => `<urn:e> a <${ELEMENT}> ; <${CORES}> ${cores} .`,
    'application/n-triples': (cores) =>
      `<urn:e> <${RDF_NS}type> <${ELEMENT}> .\n<urn:e> <${CORES}> "${cores}"^^<${INTEGER}> .`,
    'application/n-quads': (cores) =>
      `<urn:e> <${RDF_NS}type> <${ELEMENT}> <urn:g> .\n<urn:e> <${CORES}> "${cores}"^^<${INTEGER}> <urn:g> .`,
    'application/trig': (cores) => `<urn:g> { <urn:e> a <${ELEMENT}> ; <${CORES}> ${cores} . }`,
    'application/ld+json': (cores) => JSON.stringify({ '@id': 'urn:e', '@type': ELEMENT, [CORES]: cores }),
    'application/rdf+xml': (cores) =>
      `<rdf:RDF xmlns:rdf="${RDF_NS}" xmlns:a="https://w3id.org/aerOS/continuum#"><a:InfrastructureElement rdf:about="urn:e"><a:cpuCores rdf:datatype="${INTEGER}">${cores}</a:cpuCores></a:InfrastructureElement></rdf:RDF>`,
  };
  for (const [type, write] of Object.entries(FORMATS)) {
    it(`data are validated without being kept: ${type}`, async () => {
      const seq = await fabric.seq();
      for (const [cores, conforms] of [
        [4, true],
        [-4, false],
      ] as const) {
        const answer = await fabric.send('/v1/validate', write(cores), { type });
        assert.equal(answer.status, 200, answer.text);
        const report = answer.json as { conforms: boolean; results: { path?: string; severity: string }[] };
        assert.equal(report.conforms, conforms, answer.text);
        const broken = report.results
          .filter(({ severity }) => severity === 'Violation')
          .map(({ path }) => path);
        assert.deepEqual(broken, conforms ? [] : [CORES]);
      }
      assert.equal(await fabric.seq(), seq);
    });
  }
});
