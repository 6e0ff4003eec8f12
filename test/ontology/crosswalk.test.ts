/**
 * The traps of the crosswalk, one by one: units, sentinels, enumerations, inverses, wrong namespaces.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { literal, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { rdf, xsd } from '../../src/rdf/vocab.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { kinds } from './dialects.ts';
import { crosswalk, turtle } from './tables.ts';

const PREFIXES = `
@prefix aeros: <https://w3id.org/aerOS/continuum#> .
@prefix alias1: <https://gitlab.aeros-project.eu/wp4/t4.1/aeros-continuum#> .
@prefix alias2: <https://w3id.org/aeros/continuum#> .
@prefix cf: <https://w3id.org/continuum-fabric/ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix live: <https://uri.etsi.org/ngsi-ld/default-context/> .
@prefix mvp: <https://aeros-project.eu/ontologies/aerOSMVP#> .
@prefix ngsi: <https://uri.etsi.org/ngsi-ld/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix sdm: <https://smartdatamodels.org/dataModel.IT/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:test:> .
`;

interface Case {
  readonly title: string;
  readonly input: string;
  readonly expected: string;
  readonly codes?: readonly string[];
}

async function check({ input, expected, codes = [] }: Case): Promise<void> {
  const { quads, diagnostics } = crosswalk.canonicalise(turtle(PREFIXES + input));
  assert.equal(await canonicalNQuads(quads), await canonicalNQuads(turtle(PREFIXES + expected)));
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    codes,
  );
}

const CASES: readonly Case[] = [
  {
    title: 'percent becomes a ratio without binary noise',
    input: ':e live:currentCpuUsage 3.77E1 .',
    expected: ':e aeros:currentCpuUsage "3.77E1"^^xsd:float ; cf:cpuUsageRatio 0.377 .',
  },
  {
    title: 'megabytes are decimal',
    input: ':e live:availableRam 9509 .',
    expected: ':e aeros:availableRam 9509 ; cf:memoryAvailableBytes 9509000000 .',
  },
  {
    title: 'megabytes a second become bits a second',
    input: ':e live:netTrafficUp 3.0E-2 .',
    expected: ':e cf:networkTrafficUpBitsPerSecond 240000 .',
  },
  {
    title: 'a fraction where aerOS has whole numbers is rounded up and told; the canonical value keeps it',
    input: ':e sdm:ramCapacity 8192.5 .',
    expected: ':e aeros:ramCapacity 8193 ; cf:memoryCapacityBytes 8192500000 .',
    codes: ['value-rounded'],
  },
  {
    title: 'a number in a text is a number',
    input: ':e live:cpuCores " 04 " .',
    expected: ':e aeros:cpuCores 4 ; cf:cpuMillicores 4000 .',
  },
  {
    title: '-1 means unknown, however it is spelt',
    input: ':e live:cpuCores -1 ; live:trustScore -1.0 ; live:gpuMemory -1E0 ; live:diskCapacity "-1" .',
    expected: '',
    codes: ['value-unknown', 'value-unknown', 'value-unknown', 'value-unknown'],
  },
  {
    title: '0 is a value',
    input: ':e live:cpuCores 0 ; live:trustScore 0 .',
    expected: ':e aeros:cpuCores 0 ; cf:cpuMillicores 0 ; cf:trustScore "0"^^xsd:decimal .',
  },
  {
    title: 'another negative number is not a sentinel and is left to the shapes',
    input: ':e live:availableRam -2 .',
    expected: ':e aeros:availableRam -2 ; cf:memoryAvailableBytes -2000000 .',
  },
  {
    title: 'a longitude of -1 is a longitude',
    input: ':e ngsi:location "POINT(-1 -1.0)"^^geo:wktLiteral .',
    expected: `:e aeros:location "POINT(-1 -1)"^^geo:wktLiteral ;
      cf:longitudeDegrees "-1"^^xsd:decimal ; cf:latitudeDegrees "-1"^^xsd:decimal .`,
  },
  {
    title: 'empty texts and the URNs of nothing mean unknown',
    input: `:e live:diskType "" ; live:internalIpAddress "" ; live:powerSource <urn:ngsi-ld:none> ;
      live:lowLevelOrchestrator <urn:ngsi-ld:null> .`,
    expected: '',
    codes: ['value-unknown', 'value-unknown', 'value-unknown', 'value-unknown'],
  },
  {
    title: 'a GPU flag may be a text',
    input: ':a live:gpu "true" . :b live:gpu "False" .',
    expected: ':a cf:gpuPresent true . :b cf:gpuPresent false .',
  },
  {
    title: 'a ratio above 1 is percent, and that is told',
    input: ':e live:energyEfficiencyRatio 80 ; live:greenEnergyRatio 1 .',
    expected: ':e cf:energyEfficiencyRatio 0.8 ; cf:greenEnergyRatio "1"^^xsd:decimal .',
    codes: ['scale-adjusted'],
  },
  {
    title: 'trust is never read as percent',
    input: ':e live:trustScore 58 .',
    expected: ':e cf:trustScore "58"^^xsd:decimal .',
  },
  {
    title: 'every spelling of x86-64 is one architecture',
    input: `:a live:cpuArchitecture <urn:ngsi-ld:CpuArchitecture:AMD64> . :b live:cpuArchitecture "x86_64" .
      :c live:cpuArchitecture <urn:ngsi-ld:CpuArchitecture:x64> . :d sdm:cpuArchitecture "amd64" .
      :e aeros:cpuArchitecture aeros:x64Architecture . :f sdm:cpuArchitecture "urn:ngsi-ld:CpuArchitecture:AMD64" .
      :g alias1:cpuArchitecture alias1:x64Architecture .`,
    expected: 'abcdefg'
      .split('')
      .map((name) => `:${name} aeros:cpuArchitecture aeros:x64Architecture .`)
      .join(' '),
  },
  {
    title: 'what aerOS has no individual for is one of ours',
    input: ':e live:cpuArchitecture <urn:ngsi-ld:CpuArchitecture:RISC-V> ; sdm:operatingSystem "macOS" .',
    expected: ':e aeros:cpuArchitecture cf:riscv64Architecture ; aeros:operatingSystem cf:MacOS .',
  },
  {
    title: 'an unknown value of an enumeration is kept under the same IRI from every dialect',
    input: `:e live:cpuArchitecture <urn:ngsi-ld:CpuArchitecture:loongarch64> .
      :f sdm:cpuArchitecture "loongarch64" .`,
    expected: `:e aeros:cpuArchitecture <urn:ngsi-ld:CpuArchitecture:loongarch64> .
      :f aeros:cpuArchitecture <urn:ngsi-ld:CpuArchitecture:loongarch64> .`,
    codes: ['value-unmapped', 'value-unmapped'],
  },
  {
    title: 'capitals and title case name one action',
    input: ':a live:actionType "DEPLOYING" . :b sdm:actionType "Deploying" .',
    expected: ':a cf:actionType cf:DeployingAction . :b cf:actionType cf:DeployingAction .',
  },
  {
    title: 'requiredCpuUsage is a ceiling in percent in live data and 1.0.0',
    input: ':r live:requiredCpuUsage 80 . :s aeros:requiredCpuUsage "80"^^xsd:float .',
    expected: `:r aeros:requiredCpuUsage "8.0E1"^^xsd:float ; cf:cpuUsageRatioMax 0.8 .
      :s aeros:requiredCpuUsage "8.0E1"^^xsd:float ; cf:cpuUsageRatioMax 0.8 .`,
  },
  {
    title: 'requiredCpuUsage is an amount of cores in dataModel.IT and never the aerOS term',
    input: ':r sdm:requiredCpuUsage 2.0E-1 .',
    expected: ':r cf:cpuMillicoresRequired 200 .',
  },
  {
    title: 'an attribute means what its class says',
    input: `:o a sdm:LowLevelOrchestrator ; sdm:domain :d . :e a sdm:InfrastructureElement ; sdm:domain :d .
      :c a sdm:ServiceComponent ; sdm:currentCpuUsage 2.5E-1 . :r a live:InfrastructureElementRequirements ;
      live:cpuArchitecture "x64" ; live:diskType "HDD" ; live:gpu true .`,
    expected: `:o a aeros:LowLevelOrchestrator ; aeros:belongsTo :d .
      :e a aeros:InfrastructureElement ; aeros:domain :d . :c a aeros:ServiceComponent ; cf:cpuMillicoresUsed 250 .
      :r a aeros:InfrastructureElementRequirements ; cf:cpuArchitectureRequired aeros:x64Architecture ;
      cf:diskTypeRequired cf:HDD ; cf:gpuRequired true .`,
  },
  {
    title: 'the class counts wherever it stands in the record',
    input: ':o live:domain :d . :o a live:LowLevelOrchestrator .',
    expected: ':o aeros:belongsTo :d . :o a aeros:LowLevelOrchestrator .',
  },
  {
    title: 'a component names its element, the aerOS property runs the other way',
    input: ':c a live:ServiceComponent ; live:infrastructureElement :e .',
    expected: ':c a aeros:ServiceComponent ; cf:deployedOn :e . :e aeros:deployedOnServiceComponent :c .',
  },
  {
    title: 'the aerOS property itself stays and gives the canonical one back to front',
    input: ':e aeros:deployedOnServiceComponent :c .',
    expected: ':e aeros:deployedOnServiceComponent :c . :c cf:deployedOn :e .',
  },
  {
    title: 'a relationship in a text is an IRI; what is no IRI is kept and told',
    input: ':e live:domain "urn:ngsi-ld:Domain:1" . :f live:domain "none at all" .',
    expected: ':e aeros:domain <urn:ngsi-ld:Domain:1> . :f aeros:domain "none at all" .',
    codes: ['value-invalid'],
  },
  {
    title:
      'a value that cannot be read stays on the aerOS term, for the shapes, and gives no canonical value',
    input: ':e live:availableRam "plenty" ; live:gpu "maybe" ; ngsi:location "here" .',
    expected: ':e aeros:availableRam "plenty" ; cf:gpuPresent "maybe" ; aeros:location "here" .',
    codes: ['value-invalid', 'value-invalid', 'value-invalid'],
  },
  {
    title: 'known terms of a wrong namespace are put right in every position, instances stay',
    input: `alias1:user1 a alias1:User ; foaf:givenName "U" ; alias1:ldapIdentifier "cn=user1" .
      :x dct:relation alias2:CloudTier . alias2:availableRam dct:title "x" .`,
    expected: `alias1:user1 a aeros:User ; foaf:givenName "U" ; alias1:ldapIdentifier "cn=user1" .
      :x dct:relation aeros:CloudTier . aeros:availableRam dct:title "x" .`,
    codes: ['term-unknown'],
  },
  {
    title: 'attributes of a wrong namespace are mapped like the right ones',
    input: ':e alias2:ramCapacity 10 .',
    expected: ':e aeros:ramCapacity 10 ; cf:memoryCapacityBytes 10000000 .',
  },
  {
    title: 'what no row names stays and is told once',
    input: ':e a sdm:ITTests ; sdm:elapsedTime 3 , 4 ; ngsi:status "OK" ; foaf:name "n" .',
    expected: ':e a sdm:ITTests ; sdm:elapsedTime 3 , 4 ; ngsi:status "OK" ; foaf:name "n" .',
    codes: ['term-unmapped', 'term-unmapped', 'term-unmapped'],
  },
  {
    title: 'an invented term in the namespace of aerOS is told',
    input: ':e a aeros:Toaster ; aeros:crumbs 3 .',
    expected: ':e a aeros:Toaster ; aeros:crumbs 3 .',
    codes: ['term-unknown', 'term-unknown'],
  },
  {
    title: 'a secret that comes through all the same is taken out',
    input: ':c live:repoPassword "hunter2" ; live:privateKey "k" ; live:repoUsername "u" .',
    expected: ':c cf:registryUsername "u" .',
    codes: ['secret-removed', 'secret-removed'],
  },
  {
    title: 'arguments keep their order, members are sorted',
    input: ':c live:cliArgs """[{"value":"2","key":"b"},{"key":"a","value":"1"}]"""^^rdf:JSON .',
    expected: `:c aeros:cliArgs """[{"key":"b","value":"2"},{"key":"a","value":"1"}]""" ;
      cf:cliArgs """[{"key":"b","value":"2"},{"key":"a","value":"1"}]"""^^rdf:JSON .`,
  },
  {
    title: 'arguments that are no JSON become a JSON string',
    input: ':c aeros:cliArgs "--verbose" .',
    expected: `:c aeros:cliArgs "\\"--verbose\\"" ; cf:cliArgs "\\"--verbose\\""^^rdf:JSON .`,
  },
  {
    title: 'canonical terms come in too and are put in canonical form',
    input: `:e cf:cpuUsageRatio 2.5E-1 ; cf:memoryAvailableBytes "007"^^xsd:integer ; cf:diskType "SSD" ;
      cf:lastObservedAt "2026-01-02T03:04:05.600+02:00"^^xsd:dateTime .`,
    expected: `:e cf:cpuUsageRatio 0.25 ; cf:memoryAvailableBytes 7 ; cf:diskType cf:SSD ;
      cf:lastObservedAt "2026-01-02T01:04:05.6Z"^^xsd:dateTime .`,
  },
  {
    title: 'two spellings of one fact in one record are one triple',
    input: ':e live:availableRam 5 ; sdm:availableRam "5.0" ; aeros:availableRam 5 .',
    expected: ':e aeros:availableRam 5 ; cf:memoryAvailableBytes 5000000 .',
  },
];

describe('crosswalk', () => {
  for (const one of CASES) it(one.title, () => check(one));

  it('keeps the graph of a quad', () => {
    const graph = namedNode('urn:test:graph');
    const input = quad(
      namedNode('urn:test:e'),
      namedNode('https://uri.etsi.org/ngsi-ld/default-context/cpuCores'),
      literal('4', xsd.integer),
      graph,
    );
    const { quads } = crosswalk.canonicalise([input]);
    assert.equal(quads.length, 2);
    assert.ok(quads.every((q) => q.graph.equals(graph)));
  });

  it('names in a diagnostic the attribute as it was sent', () => {
    const { diagnostics } = crosswalk.canonicalise(turtle(`${PREFIXES} :e live:cpuCores -1 .`));
    assert.equal(diagnostics[0]?.attribute, 'https://uri.etsi.org/ngsi-ld/default-context/cpuCores');
  });

  it('never shows a secret in a diagnostic', () => {
    const { diagnostics } = crosswalk.canonicalise(turtle(`${PREFIXES} :c live:repoPassword "hunter2" .`));
    assert.ok(!JSON.stringify(diagnostics).includes('hunter2'));
  });

  it('run over its own output changes nothing and says nothing', async () => {
    for (const kind of kinds()) {
      for (const [dialect, input] of kind.dialects) {
        const once = crosswalk.canonicalise(input);
        const twice = crosswalk.canonicalise(once.quads);
        assert.equal(
          await canonicalNQuads(twice.quads),
          await canonicalNQuads(once.quads),
          `${kind.name} ${dialect}`,
        );
        assert.deepEqual(twice.diagnostics, []);
      }
    }
  });

  it('does not depend on the order of the quads', async () => {
    const input = kinds().flatMap((kind) => [...kind.dialects.values()].flat());
    const expected = await canonicalNQuads(crosswalk.canonicalise(input).quads);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(input, { minLength: input.length }), async (shuffled) => {
        assert.equal(await canonicalNQuads(crosswalk.canonicalise(shuffled).quads), expected);
      }),
      { numRuns: 10 },
    );
  });

  it('takes any literal of any attribute without throwing and loses none but sentinels', () => {
    const attributes = crosswalk.tables.properties
      .filter((row) => row.kind !== 'secret')
      .flatMap((row) => Object.values(row.names).flatMap((names) => names.map((name) => name.iri)));
    const datatypes = [xsd.string, xsd.integer, xsd.double, xsd.boolean, xsd.dateTime, rdf.JSON];
    fc.assert(
      fc.property(
        fc.constantFrom(...attributes),
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.integer().map(String),
          fc.constantFrom('', '-1', 'true'),
        ),
        fc.constantFrom(...datatypes),
        (attribute, value, datatype) => {
          const subject = namedNode('urn:test:e');
          const input: RDF.Quad = quad(subject, namedNode(attribute), literal(value, datatype));
          const { quads, diagnostics } = crosswalk.canonicalise([input]);
          assert.equal(
            quads.length === 0,
            diagnostics.some(({ code }) => code === 'value-unknown'),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('knows of which properties there is at most one value', () => {
    const has = (name: string) =>
      crosswalk.functionalProperties.has(
        name
          .replace('aeros:', 'https://w3id.org/aerOS/continuum#')
          .replace('cf:', 'https://w3id.org/continuum-fabric/ns#'),
      );
    for (const name of [
      'aeros:availableRam',
      'cf:memoryAvailableBytes',
      'cf:latitudeDegrees',
      'cf:deployedOn',
    ]) {
      assert.ok(has(name), name);
    }
    // an element runs many components, a domain has many owners
    for (const name of ['aeros:deployedOnServiceComponent', 'aeros:owner', 'aeros:exposesNetworkPort']) {
      assert.ok(!has(name), name);
    }
  });
});
