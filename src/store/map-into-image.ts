/**
 * Mappings straight into an image, for programs that want a graph to ask and no files: ids where the byte engine
 * takes the mapping, quads where it does not. The result is the same.
 *
 * It is no way around intake: a fabric takes records through its writer, and never through here.
 */
import { type ByteCompileOptions, compileBytes } from '../mapping/bytes/program.ts';
import type { CheckedMapping } from '../mapping/check.ts';
import { mapChunks } from '../mapping/execute/batch.ts';
import type { RunMappingOptions, SourceAccess } from '../mapping/execute/reading.ts';
import { loadPlan } from '../mapping/load.ts';
import type { BulkLoad } from './image/bulk-load.ts';
import type { Image } from './image/image.ts';

export type MapIntoImageOptions = Pick<RunMappingOptions, 'strict' | 'onDiagnostic' | 'onRecords'> &
  ByteCompileOptions;

export interface MappedIntoImage {
  /** Quads that were not in the image before. */
  readonly quads: number;
  readonly engine: 'bytes' | 'terms';
}

/**
 * Maps all that the sources of a mapping hold into an image, as one change: readers see all of it or nothing. Quads
 * for targets go into the image as well. Nothing else may be written to the image meanwhile.
 *
 * @throws FabricError as `runMapping` does, and `not-supported` for terms that cannot be stored; the image is then
 *   as it was
 */
export async function mapIntoImage(
  image: Image,
  mapping: CheckedMapping,
  access: SourceAccess,
  options: MapIntoImageOptions,
): Promise<MappedIntoImage> {
  using load = image.beginLoad(image.publishedSeq + 1);
  const program = compileBytes(mapping, options);
  if ('unsupported' in program) await loadTerms(load, mapping, access, options);
  else for await (const ids of program.runIds(access, load, options)) load.add(ids);
  return { quads: load.commit(), engine: 'unsupported' in program ? 'terms' : 'bytes' };
}

async function loadTerms(
  load: BulkLoad,
  mapping: CheckedMapping,
  access: SourceAccess,
  options: MapIntoImageOptions,
): Promise<void> {
  for await (const chunk of mapChunks(await loadPlan(mapping), access, options)) {
    load.addTerms(chunk.map(({ quad }) => quad));
  }
}
