/**
 * The image as a file beside quadstore: a start that finds a sound one need not scan the store.
 *
 * It is a cache and nothing more: whatever is wrong with it, or with its place in the sequence, the store is scanned.
 * Its hash is that of the quads at its change, and is checked against the one of the checkpoint that follows.
 */
import { messageOf } from '../errors.ts';
import { BASE_PARTS, type BaseParts } from './image/base-parts.ts';
import type { DictionaryHeader } from './image/dictionary-parts.ts';
import { Image, type ImageOptions } from './image/image.ts';
import { readSections, writeSections } from './section-file.ts';
import { SetHash } from './set-hash.ts';

const FORMAT = { magic: 'continuum-fabric image', version: 1 } as const;

interface Header {
  readonly seq: number;
  /** Set hash of the quads. */
  readonly hash: string;
  readonly dictionary: DictionaryHeader;
}

export interface CachedImage {
  readonly image: Image;
  /** Of its quads. */
  readonly hash: SetHash;
}

/**
 * Writes an image that nobody reads or writes meanwhile. The file appears whole or not at all.
 *
 * @param hash  of its quads
 */
export async function writeImageCache(
  path: string,
  image: Image,
  hash: SetHash,
  pause: () => Promise<void>,
): Promise<void> {
  const { seq, base, dictionary } = image.parts();
  const sections = new Map<string, Int32Array>(BASE_PARTS.map((name) => [name, base[name]]));
  for (const [number, words] of dictionary.words.entries()) sections.set(`dictionary ${number}`, words);
  const header: Header = { seq, hash: hash.toString(), dictionary: dictionary.header };
  await writeSections(path, FORMAT, header, sections, pause);
}

/** What a file holds, or why it is of no use; a file that there is not needs no reason. */
export async function readImageCache(
  path: string,
  options: ImageOptions,
): Promise<CachedImage | { readonly unusable: string | undefined }> {
  try {
    const { header, sections } = await readSections<Header>(path, FORMAT);
    const part = (name: string): Int32Array => {
      const array = sections.get(name);
      if (!(array instanceof Int32Array)) throw new Error(`"${name}" is missing`);
      return array;
    };
    const base = Object.fromEntries(BASE_PARTS.map((name) => [name, part(name)])) as BaseParts;
    const count = [...sections.keys()].filter((name) => name.startsWith('dictionary ')).length;
    const words = Array.from({ length: count }, (_, number) => part(`dictionary ${number}`));
    const dictionary = { header: header.dictionary, words };
    const image = Image.restore({ seq: header.seq, base, dictionary }, options);
    return { image, hash: SetHash.parse(header.hash) };
  } catch (thrown) {
    const isAbsent = (thrown as { code?: unknown }).code === 'ENOENT';
    return { unusable: isAbsent ? undefined : messageOf(thrown) };
  }
}
