/** User functions in a running fabric: called for each record, cut off when they never return, part of the version. */
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANONYMOUS } from '../../src/log/change.ts';
import type { RequestContext } from '../../src/service.ts';
import { removeFolder, startFabric, temporaryFolder } from './harness.ts';

const CONTEXT: RequestContext = { principal: ANONYMOUS, tenant: 'default', requestId: 'test' };

const MAPPING = `
@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix ex: <http://ex.org/> .
ex:map rml:logicalSource [ rml:referenceFormulation rml:JSONPath ; rml:source [ a cf:Records ] ] ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:plain ; rml:objectMap [ rml:reference "v" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:loud ; rml:objectMap [ rml:functionExecution [ rml:function ex:shout ;
    rml:input [ rml:parameter ex:text ; rml:inputValueMap [ rml:reference "v" ] ] ] ] ] .`;

const functions = (mark: string): string => `export const functions = [{
  iri: 'http://ex.org/shout', parameters: ['http://ex.org/text'], outputs: ['http://ex.org/out'],
  run: (text) => { if (text === 'loop') for (;;); return text.toUpperCase() + '${mark}'; } }];`;

describe('user functions in a running fabric', () => {
  let folder = '';
  before(() => {
    folder = temporaryFolder();
    writeFileSync(join(folder, 'things.ttl'), MAPPING);
  });
  after(() => {
    removeFolder(folder);
  });

  const start = (text: string, setup: { readonly directory?: string } = {}) => {
    writeFileSync(join(folder, 'functions.mjs'), text);
    return startFabric({
      ...setup,
      config: {
        mapping: { functions: join(folder, 'functions.mjs'), functionTimeoutMs: 200 },
        sources: [{ kind: 'http', name: 'things', key: 'id', mapping: join(folder, 'things.ttl') }],
      },
    });
  };

  it('give their values; one that never returns costs its value and no record', async () => {
    await using test = await start(functions('!'));
    await test.ingest(
      'things',
      ['a', 'loop', 'b'].map((v, id) => ({ id, v })),
    );
    const rows = await test.sparql(
      'SELECT ?v ?l { ?s <http://ex.org/plain> ?v OPTIONAL { ?s <http://ex.org/loud> ?l } } ORDER BY ?v',
    );
    deepEqual(
      rows.map(({ v, l }) => [v, l]),
      [
        ['a', 'A!'],
        ['b', 'B!'],
        ['loop', undefined],
      ],
    );
  });

  it('are a part of the version of the mapping', async () => {
    const versionOf = async (mark: string): Promise<string> => {
      await using test = await start(functions(mark), { directory: join(folder, 'data') });
      return test.fabric.mapping(CONTEXT, 'things').version;
    };
    const first = await versionOf('!');
    equal(await versionOf('!'), first);
    notEqual(await versionOf('?'), first);
  });

  it('refuse to start with a module that cannot be loaded', async () => {
    await rejects(start('export const functions = 1;'), { type: 'config-invalid' });
  });
});
