/**
 * Inputs of the topic `rml`: telemetry records in CSV, NDJSON and JSON with their sites, and the raw scenario of
 * KROWN (https://github.com/kg-construct/KROWN). All are made by formula: the same rows on every machine.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

export type TelemetryFormat = 'csv' | 'ndjson' | 'json';

const SITES = 1000;
const STATES = ['ok', 'degraded', 'down'];

export interface Reading {
  readonly id: string;
  readonly sensor: string;
  readonly label: string;
  readonly time: string;
  readonly temperature: number;
  readonly humidity: number;
  readonly status: string;
  readonly site: string;
}

const START_MS = Date.UTC(2026, 0, 1);

/** The reading of number `row`, from 0, in its version `version`. */
export function reading(row: number, version = 0): Reading {
  return {
    id: `r${row}`,
    sensor: `sensor ${row % 5000}`,
    label: `Sensör "${row % 997}" nördlich`,
    time: new Date(START_MS + row * 1000).toISOString(),
    temperature: ((row * 37 + version * 11) % 6000) / 100 + 0.01,
    humidity: (row * 13) % 101,
    status: STATES[row % STATES.length]!,
    site: `site-${row % SITES}`,
  };
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const readingAsCsv = (row: number): string =>
  Object.values(reading(row)).map(String).map(quoted).join(',');

/** Lines into a file, some thousands at a time. */
async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const out = createWriteStream(path);
  let part: string[] = [];
  const flush = async (): Promise<void> => {
    const text = part.join('');
    part = [];
    if (!out.write(text)) await once(out, 'drain');
  };
  for (const line of lines) {
    part.push(line);
    if (part.length >= 4096) await flush();
  }
  await flush();
  out.end();
  await finished(out);
}

function* telemetryLines(rows: number, format: TelemetryFormat): Generator<string> {
  if (format === 'csv') yield `${Object.keys(reading(0)).join(',')}\n`;
  if (format === 'json') yield '[\n';
  for (let row = 0; row < rows; row++) {
    if (format === 'csv') yield `${readingAsCsv(row)}\n`;
    else yield `${JSON.stringify(reading(row))}${format === 'json' && row < rows - 1 ? ',' : ''}\n`;
  }
  if (format === 'json') yield ']\n';
}

const FORMULATIONS: Readonly<Record<TelemetryFormat, string>> = {
  csv: 'rml:referenceFormulation rml:CSV',
  ndjson: 'rml:referenceFormulation rml:JSONPath',
  json: 'rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]"',
};

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix ex: <http://example.org/vocabulary#> .
`;

const typedObject = (predicate: string, map: string): string => `
  rml:predicateObjectMap [ rml:predicate ${predicate} ; rml:objectMap [ ${map} ] ]`;

/** Seven triples a record; with `join`, one more to its site, and two for each site. */
export function telemetryMapping(format: TelemetryFormat, join = false): string {
  const source = (name: string): string =>
    `rml:logicalSource [ rml:source [ a rml:RelativePathSource ; rml:root rml:MappingDirectory ; rml:path "${name}.${format}" ] ; ${FORMULATIONS[format]} ]`;
  const parts = [
    typedObject('ex:sensor', 'rml:template "http://example.org/sensor/{sensor}"'),
    typedObject('rdfs:label', 'rml:reference "label"'),
    typedObject('ex:time', 'rml:reference "time" ; rml:datatype xsd:dateTime'),
    typedObject('ex:temperature', 'rml:reference "temperature" ; rml:datatype xsd:double'),
    typedObject('ex:humidity', 'rml:reference "humidity" ; rml:datatype xsd:integer'),
    typedObject('ex:status', 'rml:reference "status"'),
    ...(join
      ? [
          typedObject(
            'ex:site',
            'rml:parentTriplesMap ex:SiteMap ; rml:joinCondition [ rml:child "site" ; rml:parent "name" ]',
          ),
        ]
      : []),
  ];
  const sites = `
ex:SiteMap a rml:TriplesMap ; ${source('sites')} ;
  rml:subjectMap [ rml:template "http://example.org/site/{number}" ; rml:class ex:Site ] ;
  rml:predicateObjectMap [ rml:predicate rdfs:label ; rml:objectMap [ rml:reference "name" ] ] .
`;
  return `${PREFIXES}
ex:ReadingMap a rml:TriplesMap ; ${source('telemetry')} ;
  rml:subjectMap [ rml:template "http://example.org/reading/{id}" ; rml:class ex:Reading ] ;${parts.join(' ;')} .
${join ? sites : ''}`;
}

/** Writes `telemetry.<format>`, `sites.<format>` and `mapping.ttl` into a folder; the number of quads they give. */
export async function writeTelemetry(
  folder: string,
  { rows, format, join: joined = false }: { rows: number; format: TelemetryFormat; join?: boolean },
): Promise<number> {
  await writeLines(join(folder, `telemetry.${format}`), telemetryLines(rows, format));
  if (joined) await writeLines(join(folder, `sites.${format}`), siteLines(format));
  await writeFile(join(folder, 'mapping.ttl'), telemetryMapping(format, joined));
  return joined ? rows * 8 + SITES * 2 : rows * 7;
}

function* siteLines(format: TelemetryFormat): Generator<string> {
  const sites = Array.from({ length: SITES }, (_, number) => ({ number, name: `site-${number}` }));
  if (format === 'csv') yield 'number,name\n';
  if (format === 'json') yield JSON.stringify(sites);
  else
    for (const { number, name } of sites)
      yield format === 'csv' ? `${number},${name}\n` : `${JSON.stringify({ number, name })}\n`;
}

/** KROWN's raw scenario: `rows` members of `columns` properties, values as its generator makes them (value size 0). */
export async function writeKrownRaw(folder: string, rows: number, columns = 20): Promise<number> {
  const numbers = Array.from({ length: columns }, (_, index) => index + 1);
  function* lines(): Generator<string> {
    yield `id,${numbers.map((j) => `p${j}`).join(',')}\n`;
    for (let i = 1; i <= rows; i++) yield `${i},${numbers.map((j) => `V_${j}-${i}`).join(',')}\n`;
  }
  await writeLines(join(folder, 'data.csv'), lines());
  const parts = numbers.map(
    (j) => `  rr:predicateObjectMap [ rr:predicate ex:p${j} ; rr:objectMap [ rml:reference "p${j}" ] ]`,
  );
  const mapping = `@prefix ex: <http://example.com/> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
<http://ex.com/#TriplesMap1> a rr:TriplesMap ;
  rml:logicalSource [ rml:source "data.csv" ; rml:referenceFormulation ql:CSV ] ;
  rr:subjectMap [ rr:template "http://ex.com/table/{id}" ] ;
${parts.join(' ;\n')} .
`;
  await writeFile(join(folder, 'mapping.ttl'), mapping);
  return rows * columns;
}

/** Twenty triples maps over one small table, for the cold start. */
export async function writeTwentyMaps(folder: string): Promise<number> {
  const maps = Array.from(
    { length: 20 },
    (_, i) => `
ex:Map${i} a rml:TriplesMap ;
  rml:logicalSource [ rml:source "small.csv" ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://example.org/thing${i}/{id}" ; rml:class ex:Thing${i} ] ;
  rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:kind ; rml:objectMap [ rml:template "http://example.org/kind/{kind}" ] ] .
`,
  );
  await writeFile(join(folder, 'mapping.ttl'), PREFIXES + maps.join(''));
  const rows = Array.from({ length: 10 }, (_, i) => `${i},name ${i},kind ${i % 3}\n`);
  await writeFile(join(folder, 'small.csv'), `id,name,kind\n${rows.join('')}`);
  return 600;
}
