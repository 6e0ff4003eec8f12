/**
 * The price of validating a record: far below that of reading one, or the intake could not keep up.
 *
 * The floor is what the design asks for, on one core and in CPU time, so that a busy machine does not fail it.
 */
import assert from 'node:assert/strict';
import { literal, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { rdf } from '../../src/rdf/vocab.ts';
import { findings, turtle, validator } from './shipped.ts';

const RECORDS_PER_SECOND_MIN = 1000;

/** An element with every measure that has a canonical term, beside attributes that no shape knows. */
function element(number: number): RDF.Quad[] {
  const subject = namedNode(`urn:ngsi-ld:InfrastructureElement:D:${number}`);
  const quads = turtle(`
    <${subject.value}> cf:hostname "node-${number}" ; aeros:internalIpAddress "10.0.0.1" ;
      aeros:macAddress "00:15:5d:c0:94:74" ; aeros:domain :d ; cf:lowLevelOrchestrator :o ;
      cf:containerTechnology cf:K3s ; aeros:infrastructureElementStatus aeros:ReadyInfrastructureElement ;
      aeros:infrastructureElementTier aeros:EdgeTier ; aeros:operatingSystem aeros:Linux ;
      aeros:cpuArchitecture aeros:arm64Architecture ; aeros:cpuCores 4 ; cf:cpuMillicores 4000 ;
      cf:cpuFrequencyHertz 2100500000 ; aeros:currentCpuUsage "20"^^xsd:float ; cf:cpuUsageRatio 0.2 ;
      aeros:ramCapacity 8192 ; cf:memoryCapacityBytes 8192000000 ; aeros:availableRam 5100 ;
      cf:memoryAvailableBytes 5100000000 ; aeros:currentRamUsage 3092 ; cf:memoryUsedBytes 3092000000 ;
      cf:memoryUsedRatio 0.377 ; cf:gpuPresent true ; cf:gpuCount 1 ; cf:gpuModel "X" ;
      cf:gpuMemoryBytes 2048000000 ; cf:diskType cf:SSD ; cf:diskCapacityBytes 65536000000 ;
      cf:diskAvailableBytes 30585000000 ; cf:diskUsedBytes 34951000000 ; cf:diskUsedRatio 0.53 ;
      cf:networkUplinkBitsPerSecond 510000000 ; cf:networkDownlinkBitsPerSecond 520000000 ;
      cf:networkTrafficUpBitsPerSecond 20000000 ; cf:networkTrafficDownBitsPerSecond 28000000 ;
      cf:networkLostPackets 200 ; aeros:averagePowerConsumption "100"^^xsd:float ; cf:powerAverageWatts 100.0 ;
      aeros:currentPowerConsumption "95"^^xsd:float ; cf:powerCurrentWatts 95.0 ; cf:powerSource :p ;
      cf:energyEfficiencyRatio 0.8 ; cf:greenEnergyRatio 0.6 ; cf:trustScore 0.58 ;
      aeros:realTimeCapable true ; cf:realTimeCapable true ; cf:lastObservedAt "2026-03-01T10:00:00Z"^^xsd:dateTime ;
      aeros:location "POINT(-0.3411743020092746 39.48103451588121)"^^geo:wktLiteral ;
      cf:longitudeDegrees -0.3411743020092746 ; cf:latitudeDegrees 39.48103451588121 .`);
  quads.push(quad(subject, rdf.type, namedNode('https://w3id.org/aerOS/continuum#InfrastructureElement')));
  for (let i = 0; quads.length < 80; i++)
    quads.push(quad(subject, namedNode(`urn:x:rest${i}`), literal(`${i}`)));
  return quads;
}

describe('the price of a record', () => {
  const records = Array.from({ length: 50 }, (_, number) => element(number));

  const perSecond = async (count: number, all: readonly (readonly RDF.Quad[])[]): Promise<number> => {
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) await validator.validateRecord(all[i % all.length]!);
    const { user, system } = process.cpuUsage(before);
    return Math.round((count * 1e6) / (user + system));
  };

  it(`of 80 quads that conforms: at least ${RECORDS_PER_SECOND_MIN} a second of CPU`, async function () {
    for (const record of records) assert.deepEqual(findings(await validator.validateRecord(record)), []);
    assert.ok(records.every((record) => record.length === 80));
    await perSecond(200, records);
    const rate = await perSecond(2000, records);
    this.test!.title += ` (${rate})`;
    assert.ok(rate >= RECORDS_PER_SECOND_MIN, `${rate} records a second`);
  });

  it(`of 80 quads with three faults: at least ${RECORDS_PER_SECOND_MIN} a second of CPU`, async function () {
    const faults = turtle(':e cf:cpuUsageRatio 7.0 ; cf:trustScore -2.0 ; cf:hostname "no de" .');
    const broken = records.map((record) => {
      const subject = record[0]!.subject;
      const replaced = new Set(faults.map((q) => q.predicate.value));
      const others = record.filter((q) => !replaced.has(q.predicate.value));
      return [...others, ...faults.map((q) => quad(subject, q.predicate, q.object))];
    });
    assert.equal((await validator.validateRecord(broken[0]!)).results.length, 3);
    await perSecond(200, broken);
    const rate = await perSecond(1000, broken);
    this.test!.title += ` (${rate})`;
    assert.ok(rate >= RECORDS_PER_SECOND_MIN, `${rate} records a second`);
  });
});
