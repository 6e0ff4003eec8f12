import { deepEqual, equal, ok } from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { runMapping } from '../../src/mapping/map.ts';
import { loadMappingSyntax, mappingFormatOf } from '../../src/mapping/parse/syntax.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import type { Diagnostic } from '../../src/mapping/record.ts';
import type { SourceData } from '../../src/mapping/reference/formulation.ts';
import { toNQuads } from '../../src/rdf/terms.ts';
import { dataPath, describeWithData, readData } from '../data.ts';
import { textData } from '../text-data.ts';

const FOLDER = ['rml', 'gtfs'] as const;

/** Rows of a table of the extract as objects, all values texts. */
function rowsOf(name: string): readonly Readonly<Record<string, string>>[] {
  return parse(readData(...FOLDER, 'csv-scale1', `${name}.csv`), { columns: true });
}

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (character) => `&#${character.codePointAt(0)};`);

/** The same table in the forms that the mappings read, by the ending of the name. */
const FORMS: Readonly<Record<string, (name: string) => string>> = {
  csv: (name) => readData(...FOLDER, 'csv-scale1', `${name}.csv`),
  json: (name) => JSON.stringify(rowsOf(name)),
  xml: (name) => {
    const records = rowsOf(name).map((row) => {
      const members = Object.entries(row).map(([key, value]) => `<${key}>${escaped(value)}</${key}>`);
      return `<Record>${members.join('')}</Record>`;
    });
    return `<?xml version="1.0"?>\n<Category>${records.join('\n')}</Category>`;
  },
};

interface Mapped {
  readonly lines: readonly string[];
  /** How often each problem of the data was met. */
  readonly problems: Readonly<Record<string, number>>;
}

async function run(mapping: string, mend = (text: string): string => text): Promise<Mapped> {
  const syntax = await loadMappingSyntax(mappingFormatOf(mapping));
  const plan = compileMapping(mend(readData(...FOLDER, 'mappings', mapping)), { name: mapping, syntax });
  const open = ({ location = '' }: { readonly location?: string | undefined }): SourceData => {
    const [, name, ending] = /^\/data\/(\w+)\.(\w+)$/.exec(location)!;
    return textData(FORMS[ending!]!(name!));
  };
  const lines: string[] = [];
  const problems: Record<string, number> = {};
  const onDiagnostic = ({ code }: Diagnostic): void => {
    problems[code] = (problems[code] ?? 0) + 1;
  };
  const options = { strict: false, onDiagnostic };
  for await (const quad of runMapping(plan, { open }, options)) lines.push(toNQuads(quad));
  return { lines: lines.sort(), problems };
}

/** Two prefixes of this document are not those of its twin. */
const mendPrefixes = (text: string): string =>
  text
    .replace('http://ns.com/foaf/0.1/', 'http://xmlns.com/foaf/0.1/')
    .replace('xsd: http://www.w3.org/2001/\n', 'xsd: http://www.w3.org/2001/XMLSchema#\n');

/** Mappings of one graph; each in Turtle and in YARRRML. */
const MAPPINGS: Readonly<Record<string, ((text: string) => string) | undefined>> = {
  'gtfs-csv.yml': undefined,
  'gtfs-json.rml.ttl': undefined,
  'gtfs-json.yml': undefined,
  'gtfs-xml.rml.ttl': undefined,
  'gtfs-xml.yml': mendPrefixes,
};

describeWithData('the GTFS mappings on the extract', () => {
  let first: Mapped;
  before(async () => {
    first = await run('gtfs-csv.rml.ttl');
    ok(first.lines.length > 2000, `only ${first.lines.length} triples`);
  });

  for (const [mapping, mend] of Object.entries(MAPPINGS)) {
    it(`${mapping} gives the graph of the others`, async () => {
      const mapped = await run(mapping, mend);
      deepEqual(mapped.lines, first.lines);
      deepEqual(mapped.problems, first.problems);
    });
  }

  it('reads every table of the extract', () => {
    equal(readdirSync(dataPath(...FOLDER, 'csv-scale1')).length, 10);
  });
});
