/** Another mapping for a source of a running fabric, and why quads are there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { openFabric } from '../../src/fabric.ts';
import { ANONYMOUS } from '../../src/log/change.ts';
import type { ExplainQuadsAnswer, ReloadAnswer, SourceMapping, SourceStatus } from '../../src/service.ts';
import { removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix aeros: <https://w3id.org/aerOS/continuum#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://ex.org/> .
`;

const part = (predicate: string, object: string): string =>
  `  rml:predicateObjectMap [ rml:predicate ${predicate} ;\n    rml:objectMap [ ${object} ] ] ;\n`;

/** Things with these properties. */
const mapping = (...parts: readonly string[]): string =>
  `${PREFIXES}ex:thing a rml:TriplesMap ;
  rml:logicalSource [ rml:source [ a cf:Records ] ; rml:referenceFormulation rml:JSONPath ] ;
${parts.join('')}  rml:subjectMap [ rml:template "http://ex.org/thing/{id}" ] .
`;

const SIZE = part('ex:size', 'rml:reference "size"');
const COLOUR = part('ex:colour', 'rml:reference "colour"');

describe('end to end: another mapping for a running fabric', function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  const directory = join(folder, 'data');
  const configured = join(folder, 'things.ttl');
  writeFileSync(configured, mapping(SIZE, COLOUR));
  const config = {
    sources: [
      { name: 'things', kind: 'http', format: 'json', key: 'id', mapping: configured },
      { name: 'others', kind: 'http', format: 'json', key: 'id', mapping: configured },
    ],
  };
  let fabric: TestFabric;

  before(async () => {
    fabric = await startFabric({ config, directory });
    await fabric.ingest('things', [
      { id: 1, size: 5, colour: 'red' },
      { id: 2, size: 6 },
    ]);
    await fabric.ingest('others', [{ id: 3, size: 7 }]);
  });
  after(async () => {
    await fabric.close();
    removeFolder(folder);
  });

  const address = (source = 'things'): string => `/v1/sources/${source}/mapping`;
  const put = (text: string, source?: string) =>
    fabric.send(address(source), text, { method: 'PUT', type: 'text/turtle' });
  const stated = (property: string) =>
    fabric.values(`SELECT (STR(?v) AS ?x) { ?s <http://ex.org/${property}> ?v }`);
  const changesSince = async (seq: number) =>
    (await fabric.request(`/v1/changes?from=${seq + 1}`)).text
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line) as {
            readonly cause: { readonly kind: string; readonly mappingVersion?: string };
            readonly added: readonly string[];
            readonly removed: readonly string[];
          },
      );

  it('shows the mapping in force', async () => {
    const text = await fabric.request(address(), { headers: { accept: 'text/turtle' } });
    assert.equal(text.text, mapping(SIZE, COLOUR));
    const shown = (await fabric.request(address(), { headers: { accept: 'application/json' } }))
      .json as SourceMapping;
    assert.equal(shown.version, text.headers.get('Mapping-Version'));
    assert.equal(shown.reloaded, false);
  });

  it('retracts what rules that are gone had made, adds what new ones make, and leaves the rest alone', async () => {
    const before = fabric.fabric.seq;
    const colourAndShade = mapping(
      SIZE,
      part('ex:shade', 'rml:template "dark {colour}" ; rml:termType rml:Literal'),
    );
    const answer = await put(colourAndShade);
    assert.equal(answer.status, 200, answer.text);
    const { version, changed, records } = answer.json as ReloadAnswer;
    assert.deepEqual([changed, records], [true, 2]);
    await fabric.fabric.tick();
    assert.deepEqual(await stated('colour'), []);
    assert.deepEqual(await stated('shade'), ['dark red']);
    assert.deepEqual(await stated('size'), ['5', '6', '7']);
    const changes = await changesSince(before);
    assert.ok(changes.every(({ cause }) => cause.kind === 'reload' && cause.mappingVersion === version));
    // Of the second record neither rule makes anything: it was not touched.
    const touched = changes.flatMap(({ added, removed }) => [...added, ...removed]);
    assert.equal(touched.filter((line) => line.includes('/thing/')).length, 2);
    const { sources } = (await fabric.request('/v1/status')).json as {
      readonly sources: readonly SourceStatus[];
    };
    const things = sources.find(({ name }) => name === 'things')!;
    assert.deepEqual([things.mappingVersion, things.remap], [version, undefined]);
  });

  it('takes records in with the new mapping at once', async () => {
    await fabric.ingest('things', [{ id: 4, size: 8, colour: 'blue' }]);
    assert.deepEqual(await stated('shade'), ['dark blue', 'dark red']);
  });

  it('does nothing for a change of words', async () => {
    const before = fabric.fabric.seq;
    const { text } = await fabric.request(address());
    const { changed, records } = (await put(`# A remark.\n${text}`)).json as ReloadAnswer;
    assert.deepEqual([changed, records, fabric.fabric.seq], [false, 0, before]);
  });

  const refused: readonly {
    readonly text: string;
    readonly status: number;
    readonly type: string;
    readonly line: number;
  }[] = [
    {
      text: `${PREFIXES}ex:thing a rml:TriplesMap ;\n  rml:logicalSource [`,
      status: 400,
      type: 'syntax-error',
      line: 7,
    },
    { text: mapping(part('ex:a', 'rml:refrence "x"')), status: 422, type: 'mapping-invalid', line: 9 },
    {
      text: mapping(SIZE).replace('a cf:Records', 'a cf:Records ; cf:sourceName "thingz"'),
      status: 422,
      type: 'mapping-invalid',
      line: 7,
    },
  ];
  for (const { text, status, type, line } of refused) {
    it(`refuses a mapping with its place and changes nothing: ${type} at line ${line}`, async () => {
      const { text: before } = await fabric.request(address());
      const { seq } = fabric.fabric;
      const answer = await put(text);
      assert.equal(answer.status, status, answer.text);
      const problem = answer.json as {
        readonly type: string;
        readonly location?: { line?: number; column?: number };
      };
      assert.ok(problem.type.endsWith(`#${type}`), answer.text);
      assert.equal(problem.location?.line, line, answer.text);
      assert.ok((problem.location.column ?? 0) > 0);
      assert.equal((await fabric.request(address())).text, before);
      assert.equal(fabric.fabric.seq, seq);
    });
  }

  it('refuses sources that are not there, and bodies that are no Turtle', async () => {
    assert.equal((await put(mapping(SIZE), 'nothings')).status, 404);
    assert.equal((await fabric.send(address(), {}, { method: 'PUT' })).status, 415);
  });

  it('asks whether the principal may', async () => {
    const asked: string[] = [];
    const authorize = (_: unknown, action: string): boolean => asked.push(action) < 0;
    const own = await openFabric({
      ...{ config: loadConfig({ overrides: config }), logger: pino({ level: 'silent' }), authorize },
    });
    const context = { principal: ANONYMOUS, tenant: 'default', requestId: 'x' };
    await assert.rejects(own.reloadMapping(context, 'things', mapping(SIZE)), { type: 'forbidden' });
    assert.throws(() => own.explainQuads(context, '* * *', 1), { type: 'forbidden' });
    assert.deepEqual(asked, ['admin', 'read']);
    await own.close();
  });

  it('takes YARRRML, gives it back as it was written, and keeps it over a restart', async () => {
    const { text: before } = await fabric.request(address());
    const yarrrml = [
      'prefixes: { ex: http://ex.org/ }',
      'mappings:',
      '  thing:',
      '    sources: [[record.json~jsonpath, $]]',
      '    s: http://ex.org/thing/$(id)',
      '    po: [[ex:tint, $(colour)]]',
      '',
    ].join('\n');
    const yaml = (text: string, type = 'application/yaml') =>
      fabric.send(address(), text, { method: 'PUT', type });
    const refused = await yaml(yarrrml.replace('po:', 'pp:'), 'text/yaml');
    assert.equal(refused.status, 422, refused.text);
    assert.equal((refused.json as { readonly location: { readonly line: number } }).location.line, 6);
    const answer = await yaml(yarrrml);
    assert.equal(answer.status, 200, answer.text);
    await fabric.fabric.tick();
    assert.deepEqual([await stated('tint'), await stated('shade')], [['blue', 'red'], []]);
    for (let restarts = 0; restarts < 2; restarts++) {
      const shown = await fabric.request(address());
      assert.equal(shown.headers.get('Content-Type'), 'application/yaml; charset=utf-8');
      assert.equal(shown.text, yarrrml);
      const turtle = await fabric.request(address(), { headers: { accept: 'text/turtle' } });
      assert.equal(turtle.status, 406, turtle.text);
      await fabric.close();
      fabric = await startFabric({ config, directory });
    }
    assert.deepEqual(await stated('tint'), ['blue', 'red']);
    assert.equal((await put(before)).status, 200);
    await fabric.fabric.tick();
    assert.equal((await fabric.request(address())).text, before);
    assert.deepEqual([await stated('tint'), await stated('shade')], [[], ['dark blue', 'dark red']]);
  });

  it('uses the new mapping after a restart, until it goes back to the configured one', async () => {
    const { text } = await fabric.request(address());
    await fabric.close();
    fabric = await startFabric({ config, directory });
    assert.equal((await fabric.request(address())).text, text);
    assert.deepEqual(await stated('shade'), ['dark blue', 'dark red']);
    const back = await fabric.request(address(), { method: 'DELETE' });
    assert.equal(back.status, 200, back.text);
    await fabric.fabric.tick();
    assert.deepEqual([await stated('shade'), await stated('colour')], [[], ['blue', 'red']]);
    await fabric.close();
    fabric = await startFabric({ config, directory });
    assert.equal((await fabric.request(address())).text, mapping(SIZE, COLOUR));
  });

  it('keeps aside what would break a shape under the new mapping; the last good state stays', async () => {
    const typed = (cores: string): string =>
      mapping(
        part('rdf:type', 'rml:constant aeros:InfrastructureElement').replace('rdf:type', 'a'),
        part(
          'aeros:cpuCores',
          `rml:template "${cores}" ; rml:termType rml:Literal ; rml:datatype xsd:integer`,
        ),
      ).replace('rml:predicate a ;', 'rml:predicate <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ;');
    assert.equal((await put(typed('{size}'), 'others')).status, 200);
    await fabric.fabric.tick();
    const cores = (): Promise<string[]> =>
      fabric.values('SELECT (STR(?v) AS ?x) { <http://ex.org/thing/3> aeros:cpuCores ?v }');
    assert.deepEqual(await cores(), ['7']);
    assert.equal((await put(typed('-{size}'), 'others')).status, 200);
    await fabric.fabric.tick();
    assert.deepEqual(await cores(), ['7']);
    const aside =
      'SELECT ?x { GRAPH ?g { ?g a cf:QuarantinedRecord ; cf:recordSource "others" ; cf:recordKey ?x } }';
    assert.deepEqual(await fabric.values(aside), ['3']);
    assert.equal((await put(typed('1{size}'), 'others')).status, 200);
    await fabric.fabric.tick();
    assert.deepEqual([await cores(), await fabric.values(aside)], [['17'], []]);
  });

  describe('why a quad is there', () => {
    const why = async (quad: string, limit = 10): Promise<ExplainQuadsAnswer> => {
      const answer = await fabric.send('/v1/mappings/explain', { quad, limit });
      assert.equal(answer.status, 200, answer.text);
      return answer.json as ExplainQuadsAnswer;
    };

    it('names the record, the rule with its line and column, and the members', async () => {
      const { matches, complete } = await why('<http://ex.org/thing/1> <http://ex.org/colour> "red"');
      assert.equal(complete, true);
      const [match] = matches;
      assert.equal(matches.length, 1);
      assert.deepEqual([match!.record?.source, match!.record?.key], ['things', '1']);
      assert.deepEqual(match!.members, ['id', 'colour']);
      assert.equal(match!.rules!.length, 1);
      const { rule, triplesMap } = match!.rules![0]!;
      assert.deepEqual([triplesMap.line, triplesMap.column], [6, 1]);
      const lines = mapping(SIZE, COLOUR).split('\n');
      assert.match(lines[rule.line! - 1]!.slice(rule.column! - 1), /^\[ rml:reference "colour"/);
    });

    it('finds what the crosswalk made of several rules, and what the fabric states by itself', async () => {
      const { matches } = await why('<http://ex.org/thing/3> * *');
      const about = (name: string) => matches.filter(({ quad }) => quad.includes(name));
      assert.ok(about('cpuCores').length > 0);
      for (const { rules, members } of about('cpuCores')) {
        assert.equal(rules!.length, 1);
        assert.deepEqual(members, ['id', 'size']);
      }
      assert.deepEqual(
        about('lastObservedAt').map(({ rules }) => rules),
        [[]],
      );
    });

    it('tells that there are more, and that some belong to no record', async () => {
      assert.equal((await why('* * *', 1)).complete, false);
      await fabric.send('/sparql', 'INSERT DATA { <urn:a> <urn:b> 1 }', {
        type: 'application/sparql-update',
      });
      const { matches } = await why('<urn:a> * *');
      assert.deepEqual(
        matches.map(({ graphClass, record }) => [graphClass, record]),
        [['user', undefined]],
      );
      assert.equal((await fabric.send('/v1/mappings/explain', { quad: 'x y' })).status, 400);
    });
  });
});
