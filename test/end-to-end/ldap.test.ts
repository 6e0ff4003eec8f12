/** The directory of aerOS, raw, by its own upstream RML mapping, against the triples published beside it. */
import assert from 'node:assert/strict';
import { Parser, type Quad } from 'n3';
import { isomorphic } from 'rdf-isomorphic';
import { readAsset } from '../../src/assets.ts';
import { namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { dataPath, describeWithData, readData } from '../data.ts';
import { startFabric } from './harness.ts';

const parse = (text: string, format: string): Quad[] => new Parser({ format }).parse(text);

/** The terms that aerOS has published, from the reconstructed list and not from our tables. */
function publishedTerms(): Set<string> {
  const terms = parse(readData('aeros', 'ontology', 'continuum-terms-reconstructed.ttl'), 'text/turtle');
  return new Set(terms.map(({ subject }) => subject.value).filter((iri) => iri.startsWith(NS.aeros)));
}

/** Namespaces that the crosswalk calls an alias of the ontology's. */
function aliases(): string[] {
  const rows = readAsset('ontology', 'crosswalk', 'namespaces.csv').split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, namespace, role] = row.split(',');
    return role === 'alias' ? [namespace!] : [];
  });
}

/** Puts exactly the IRIs of known terms right. */
function corrected(quads: readonly RDF.Quad[]): RDF.Quad[] {
  const known = publishedTerms();
  const wrong = aliases();
  assert.ok(known.size > 50 && wrong.length > 0);
  const right = <T extends RDF.Term>(term: T): T => {
    if (term.termType !== 'NamedNode') return term;
    for (const namespace of wrong) {
      if (!term.value.startsWith(namespace)) continue;
      const iri = NS.aeros + term.value.slice(namespace.length);
      if (known.has(iri)) return namedNode(iri) as RDF.Term as T;
    }
    return term;
  };
  return quads.map((q) => quad(right(q.subject), right(q.predicate), right(q.object)));
}

describeWithData('end to end: the LDAP directory', function () {
  this.timeout(30_000);
  const source = { kind: 'http', name: 'directory', mapping: dataPath('aeros', 'ldap', 'mappings.ttl') };

  it('gives the published triples, and says which terms the ontology lacks', async () => {
    await using fabric = await startFabric({ config: { sources: [source] } });
    const { counts, diagnostics } = await fabric.ingest('directory', readData('aeros', 'ldap', 'ldap.json'));
    assert.deepEqual([counts.received, counts.accepted], [1, 1]);
    assert.equal(diagnostics['term-unknown'], 1);
    const graph = `${await fabric.baseIri()}graph/record/directory/directory`;
    const found = parse((await fabric.dump(graph)).join('\n'), 'application/n-quads').map((q) =>
      quad(q.subject as RDF.Quad_Subject, q.predicate as RDF.Quad_Predicate, q.object as RDF.Quad_Object),
    );
    const published = parse(readData('aeros', 'ldap', 'knowledge-graph.nt'), 'application/n-triples');
    const expected = corrected(published);
    assert.ok(expected.length > 30);
    assert.ok(
      expected.some((q) => q.object.value === `${NS.aeros}User`),
      'a term was corrected',
    );
    const changed = expected.filter((q, index) => !q.equals(published[index] as RDF.Quad));
    assert.ok(
      changed.every((q) => q.object.value === `${NS.aeros}User`),
      'nothing else was',
    );
    assert.ok(isomorphic(found, expected), `${found.length} triples, ${expected.length} published`);
    assert.equal((await fabric.dump()).filter((line) => line.includes('ldapIdentifier')).length, 6);
  });

  it('knows the directory again when nothing in it changed', async () => {
    await using fabric = await startFabric({ config: { sources: [source] } });
    const text = readData('aeros', 'ldap', 'ldap.json');
    await fabric.ingest('directory', text);
    const before = await fabric.dump();
    const again = await fabric.ingest('directory', text);
    assert.deepEqual([again.counts.refused, again.counts.quarantined], [0, 0]);
    assert.deepEqual(await fabric.dump(), before);
  });

  it('takes out of the graph who left the directory', async () => {
    await using fabric = await startFabric({ config: { sources: [source] } });
    const directory = JSON.parse(readData('aeros', 'ldap', 'ldap.json')) as { users: { dn: string }[] };
    const people = 'SELECT ?x { ?x a aeros:User }';
    await fabric.ingest('directory', directory);
    assert.equal((await fabric.values(people)).length, directory.users.length);
    const gone = directory.users.pop()!;
    await fabric.ingest('directory', directory);
    assert.equal((await fabric.values(people)).length, directory.users.length);
    assert.ok(!(await fabric.dump()).some((line) => line.includes(`"${gone.dn}"`)));
  });
});
