/**
 * Logical targets of a mapping as sinks. What a mapping may not write to is refused before anything is opened.
 */
import { resolve } from 'node:path';
import { FabricError } from '../errors.ts';
import type { LogicalTarget } from '../mapping/normal-form.ts';
import { serializationOf } from '../mapping/parse/target.ts';
import { openAddressSink } from './address.ts';
import { compressInto } from './compression.ts';
import { documentSink } from './document.ts';
import { createEncoder } from './encoding.ts';
import { openEndpointSink } from './endpoint.ts';
import { openFileSink } from './file.ts';
import { formatOfSerialization, infoOf, type TargetFormat } from './format.ts';
import { resolveInside } from './paths.ts';
import { createSerialiser, type GraphsOf } from './serialiser.ts';
import type { ByteSink, QuadSink } from './sink.ts';

export interface TargetOptions {
  readonly workingDirectory: string;
  readonly mappingDirectory: string;
  /** Folders that targets may lie in; `workingDirectory` and `mappingDirectory` do not count by themselves. */
  readonly allowedRoots: readonly string[];
  /** Origins that targets may be sent to, such as `https://store.example`. */
  readonly allowedOrigins: readonly string[];
  /** Names for namespaces. */
  readonly prefixes?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** Where a target is, as far as two of them can be compared. */
export async function placeOfTarget(target: LogicalTarget, options: TargetOptions): Promise<string> {
  const { description } = target;
  switch (description.kind) {
    case 'file':
      return resolveInside(pathOf(description, options), options.allowedRoots);
    case 'http':
      return allowedAddress(description.url, options);
    case 'sparql':
      return allowedAddress(description.endpoint, options);
    default:
      return target.place.refuse(`is a target of kind "${description.kind}", which cannot be written`);
  }
}

/**
 * Opens a target. A file appears when its sink is closed.
 *
 * @throws FabricError `path-refused`, `origin-refused`; `request-invalid` for a file that cannot be written;
 *   `mapping-failed` for an address with credentials
 */
export async function openTarget(target: LogicalTarget, options: TargetOptions): Promise<QuadSink> {
  const { description, serialization, compression, encoding } = target;
  const place = await placeOfTarget(target, options);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  if (description.kind === 'sparql') return openEndpointSink(place, { timeoutMs });
  const format = formatOfSerialization(serializationOf(serialization)!);
  const { mediaType } = infoOf(format);
  const raw =
    description.kind === 'http'
      ? await openAddressSink(place, { mediaType, timeoutMs })
      : await openFileSink(place);
  return formatted(raw, { format, compression, encoding, prefixes: options.prefixes });
}

export interface DocumentOptions {
  readonly format: TargetFormat;
  readonly compression: LogicalTarget['compression'];
  readonly encoding: string | undefined;
  readonly prefixes: Readonly<Record<string, string>> | undefined;
  readonly graphs?: GraphsOf;
}

/** A place that takes bytes as one that takes quads. */
export async function formatted(raw: ByteSink, options: DocumentOptions): Promise<QuadSink> {
  const { format, compression, encoding, prefixes, graphs } = options;
  const encode = createEncoder(encoding);
  return documentSink(
    await compressInto(raw, compression),
    createSerialiser(format, { prefixes, graphs }),
    encode,
  );
}

function pathOf(
  { path, root }: { readonly path: string; readonly root: string | undefined },
  { workingDirectory, mappingDirectory }: TargetOptions,
): string {
  if (root === 'MappingDirectory') return resolve(mappingDirectory, path);
  if (root === undefined || root === 'CurrentWorkingDirectory') return resolve(workingDirectory, path);
  return resolve(workingDirectory, root, path);
}

function allowedAddress(address: string, { allowedOrigins }: TargetOptions): string {
  const { origin, href, username, password } = new URL(address);
  if (username !== '' || password !== '') {
    throw new FabricError('mapping-failed', `Target <${origin}> is named with credentials`, {
      extensions: { hint: 'Take user and password out of the address; they would stand in every message.' },
    });
  }
  if (allowedOrigins.some((allowed) => URL.canParse(allowed) && new URL(allowed).origin === origin))
    return href;
  throw new FabricError('origin-refused', `Target <${address}> lies on an origin that is not allowed`, {
    extensions: { supported: allowedOrigins, hint: `Allow it with --allow-origin ${origin}.` },
  });
}
