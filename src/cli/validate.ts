/** `fabric validate`: RDF files against the shapes, without a service. */
import { readAsset } from '../assets.ts';
import { FabricError } from '../errors.ts';
import { loadTBox } from '../ontology/tbox.ts';
import { RDF_FORMATS, type RdfFormat } from '../rdf/formats.ts';
import { parseRdf } from '../rdf/parse.ts';
import { toNTriples } from '../rdf/terms.ts';
import { reportToJson, type ValidationReport } from '../validation/report.ts';
import { loadShapes } from '../validation/shacl-engine.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, readInput } from './options.ts';

export const validate: CommandWork = async (args, options, terminal) => {
  const tbox = loadTBox(await parseRdf(readAsset('ontology', 'continuum-fabric.ttl'), { format: 'turtle' }));
  const shapesPath = options['shapes'] as string | undefined;
  const shapes =
    shapesPath === undefined
      ? await parseRdf(readAsset('ontology', 'shapes.ttl'), { format: 'turtle' })
      : await parseFile(shapesPath, undefined);
  const validator = await loadShapes(shapes, tbox);
  let conforms = true;
  for (const file of args) {
    const report = await validator.validateDataset(
      await parseFile(file, options['format'] as string | undefined),
    );
    conforms &&= report.conforms;
    terminal.out(
      terminal.json ? JSON.stringify({ file, ...(reportToJson(report) as object) }) : describe(file, report),
    );
  }
  return conforms ? EXIT.ok : EXIT.negative;
};

async function parseFile(path: string, named: string | undefined) {
  const format = named ?? formatOfEnding(path);
  if (format === undefined || !Object.hasOwn(RDF_FORMATS, format)) {
    throw new FabricError('media-type-unsupported', `The format of ${path} is not known`, {
      extensions: { supported: Object.keys(RDF_FORMATS), hint: 'Name one with --format.' },
    });
  }
  const baseIRI = path === '-' ? {} : { baseIRI: `file:${path}` };
  return parseRdf(await readInput(path), { format: format as RdfFormat, source: path, ...baseIRI });
}

const ENDINGS: Readonly<Record<string, RdfFormat>> = {
  ttl: 'turtle',
  nt: 'n-triples',
  nq: 'n-quads',
  trig: 'trig',
  jsonld: 'json-ld',
  json: 'json-ld',
  rdf: 'rdf-xml',
  owl: 'rdf-xml',
  xml: 'rdf-xml',
};

const formatOfEnding = (path: string): RdfFormat | undefined =>
  ENDINGS[/\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? ''];

function describe(file: string, { conforms, results }: ValidationReport): string {
  if (conforms && results.length === 0) return `${file}: conforms`;
  const lines = results.map(
    ({ focusNode, path, value, message, severity }) =>
      `  ${severity}: ${toNTriples(focusNode)}${path === undefined ? '' : ` <${path}>`}: ${message}${value === undefined ? '' : ` (found ${toNTriples(value)})`}`,
  );
  return [`${file}: ${conforms ? 'conforms' : `does not conform, ${results.length} results`}`, ...lines].join(
    '\n',
  );
}
