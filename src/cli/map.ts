/** `fabric map`: an RML mapping over files, as a batch; the same engine that maps live records. */
import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { FabricError, messageOf, nearest } from '../errors.ts';
import { runMapping } from '../mapping/map.ts';
import { compileMapping, type LogicalSource } from '../mapping/plan.ts';
import type { Diagnostic } from '../mapping/record.ts';
import { overrideOf } from '../mapping/source-override.ts';
import { RDF_FORMATS, type RdfFormat } from '../rdf/formats.ts';
import { serialiseRdf } from '../rdf/serialise.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, openOutput, readInput } from './options.ts';

export const map: CommandWork = async (args, options, terminal) => {
  const path = args[0]!;
  const format = formatOf(options['format'] as string);
  const plan = compileMapping(await readInput(path), { name: path });
  const overrides = overridesOf((options['source'] as string[] | undefined) ?? [], plan.sources);
  const diagnostics: Diagnostic[] = [];
  const fileOf = (source: LogicalSource): string => fileFor(source, overrides, path);
  for (const source of plan.sources) await checkReadable(fileOf(source));
  const output = options['output'] as string | undefined;
  const writable = await openOutput(output);
  const mapped = runMapping(
    plan,
    {
      open: (source) => ({ kind: 'bytes', chunks: createReadStream(fileOf(source)) }),
      identity: (source) => fileOf(source),
    },
    { strict: options['strict'] === true, onDiagnostic: (diagnostic) => void diagnostics.push(diagnostic) },
  );
  const quads = options['canonical'] === true ? canonical(mapped, diagnostics) : mapped;
  const count = await write(quads, format, writable);
  for (const { code, message, attribute, term } of diagnostics) {
    const about = attribute ?? term;
    terminal.note(
      terminal.json
        ? JSON.stringify({ code, message, about })
        : `${code}: ${message}${about === undefined ? '' : ` (${about})`}`,
    );
  }
  if (output !== undefined) terminal.note(`${count} quads written to ${output}`);
  return EXIT.ok;
};

function formatOf(name: string): RdfFormat {
  if (Object.hasOwn(RDF_FORMATS, name)) return name as RdfFormat;
  const near = nearest(name, Object.keys(RDF_FORMATS));
  throw new FabricError('not-supported', `"${name}" is no RDF format`, {
    extensions: {
      supported: Object.keys(RDF_FORMATS),
      ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
    },
  });
}

/** `--source IRI=file`: by the IRI of a source or by the location that it names. */
function overridesOf(
  texts: readonly string[],
  sources: readonly LogicalSource[],
): ReadonlyMap<string, string> {
  const known = sources.flatMap((source) => [
    ...source.names,
    ...(source.location === undefined ? [] : [source.location]),
  ]);
  const overrides = new Map<string, string>();
  for (const text of texts) {
    const name = known.find((candidate) => text.startsWith(`${candidate}=`));
    if (name === undefined) {
      throw new FabricError('request-invalid', `"${text}" names no source of the mapping`, {
        extensions: { supported: known },
      });
    }
    overrides.set(name, text.slice(name.length + 1));
  }
  return overrides;
}

function fileFor(source: LogicalSource, overrides: ReadonlyMap<string, string>, mappingPath: string): string {
  const { location, names, description } = source;
  const root = description.kind === 'file' ? description.root : undefined;
  const override = overrideOf(source, overrides);
  if (override !== undefined) return override;
  if (location === undefined) {
    throw new FabricError('mapping-failed', 'A source of the mapping names no file', {
      extensions: { hint: 'Give one with --source IRI=file.', supported: names },
    });
  }
  if (root === 'CurrentWorkingDirectory') return resolve(location);
  // Legacy mappings name files as they lie beside the mapping.
  const folder = dirname(mappingPath);
  return resolve(root === undefined || root === 'MappingDirectory' ? folder : root, location);
}

async function checkReadable(file: string): Promise<void> {
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a directory');
    await access(file, constants.R_OK);
  } catch (thrown) {
    throw new FabricError('mapping-failed', `Source ${file} cannot be read: ${messageOf(thrown)}`, {
      location: { source: file },
      extensions: { hint: 'Name another file with --source IRI=file.' },
      cause: thrown,
    });
  }
}

/** The crosswalk looks at all quads of a subject together, so it works on the whole result. */
async function* canonical(
  mapped: AsyncIterable<RDF.Quad>,
  diagnostics: Diagnostic[],
): AsyncIterable<RDF.Quad> {
  const [{ loadCrosswalk }, { readCrosswalk }] = await Promise.all([
    import('../ontology/crosswalk.ts'),
    import('../assets.ts'),
  ]);
  const quads: RDF.Quad[] = [];
  for await (const q of mapped) quads.push(q);
  const result = loadCrosswalk(readCrosswalk()).canonicalise(quads);
  diagnostics.push(...result.diagnostics);
  yield* result.quads;
}

/** Lines stream; the other formats need the whole. */
async function write(quads: AsyncIterable<RDF.Quad>, format: RdfFormat, output: Writable): Promise<number> {
  let count = 0;
  const put = (text: string): Promise<void> | undefined =>
    output.write(text) ? undefined : new Promise((resolve) => output.once('drain', resolve));
  if (format === 'n-quads') {
    let lines = '';
    for await (const q of quads) {
      lines += `${toNQuads(q)}\n`;
      count++;
      if (lines.length < 65_536) continue;
      await put(lines);
      lines = '';
    }
    await put(lines);
  } else {
    const all: RDF.Quad[] = [];
    for await (const q of quads) all.push(q);
    count = all.length;
    await put(await serialiseRdf(all, format, NS));
  }
  if (output !== process.stdout) await new Promise<void>((resolve) => output.end(resolve));
  return count;
}
