/**
 * The data directory: what marks it as ours, and what it decided once and for all.
 *
 * `fabric.json` carries a magic, the version of the format and the base of minted IRIs; tenants lie beneath
 * `tenants/`. A directory of a newer format, or of something else, is refused and left as it is.
 */
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';

const MAGIC = 'continuum-fabric data directory';
const FORMAT_VERSION = 1;
const FILE = 'fabric.json';

export interface DataDirectory {
  readonly path: string;
  readonly baseIri: string;
  readonly createdAt: string;
  /** Folder of a tenant's log. */
  readonly log: (tenant: string) => string;
  /** Folder of a tenant's store. */
  readonly store: (tenant: string) => string;
  /** File of a tenant's image: a cache that may be deleted while nobody has the directory open. */
  readonly image: (tenant: string) => string;
  /** Folder of the mappings that were given to a tenant. */
  readonly mappings: (tenant: string) => string;
}

/** Decides what a new directory is given. */
export interface NewDirectory {
  readonly baseIri: () => string;
  /** ISO 8601. */
  readonly now: () => string;
}

/**
 * Opens a data directory, and makes one where there is none or an empty folder.
 *
 * @throws FabricError `data-directory-unusable`
 */
export async function openDataDirectory(path: string, fresh: NewDirectory): Promise<DataDirectory> {
  return layoutOf(path, (await read(path)) ?? (await make(path, fresh)));
}

/**
 * The data directory that is there, for whoever only looks at it.
 *
 * @throws FabricError `data-directory-unusable`, where there is none too
 */
export async function readDataDirectory(path: string): Promise<DataDirectory> {
  const header = await read(path);
  if (!header) throw unusable(path, `there is no ${FILE} in it`);
  return layoutOf(path, header);
}

function layoutOf(path: string, { baseIri, createdAt }: Header): DataDirectory {
  return {
    path,
    baseIri,
    createdAt,
    log: (tenant) => join(path, 'tenants', tenant, 'log'),
    store: (tenant) => join(path, 'tenants', tenant, 'store'),
    image: (tenant) => join(path, 'tenants', tenant, 'image.cache'),
    mappings: (tenant) => join(path, 'tenants', tenant, 'mappings'),
  };
}

interface Header {
  readonly magic: string;
  readonly formatVersion: number;
  readonly baseIri: string;
  readonly createdAt: string;
}

async function read(path: string): Promise<Header | undefined> {
  let text: string;
  try {
    text = await readFile(join(path, FILE), 'utf8');
  } catch (thrown) {
    const code = (thrown as { code?: string }).code;
    if (code === 'ENOENT') return undefined;
    throw unusable(path, messageOf(thrown), thrown);
  }
  let header: Partial<Header>;
  try {
    header = JSON.parse(text) as Partial<Header>;
  } catch (thrown) {
    throw unusable(path, `${FILE} is not JSON`, thrown);
  }
  if (header.magic !== MAGIC) throw unusable(path, `${FILE} was not written by continuum-fabric`);
  if (header.formatVersion !== FORMAT_VERSION) {
    throw unusable(
      path,
      `its format is version ${String(header.formatVersion)}, this program reads version ${FORMAT_VERSION}`,
    );
  }
  if (typeof header.baseIri !== 'string' || typeof header.createdAt !== 'string') {
    throw unusable(path, `${FILE} names no base IRI or time of creation`);
  }
  return header as Header;
}

async function make(path: string, fresh: NewDirectory): Promise<Header> {
  try {
    await mkdir(path, { recursive: true });
    const others = (await readdir(path)).filter((name) => name !== `${FILE}.tmp` && name !== 'lost+found');
    if (others.length > 0) {
      throw unusable(path, `it holds other files (${others.slice(0, 3).join(', ')}) and no ${FILE}`);
    }
    const header: Header = {
      magic: MAGIC,
      formatVersion: FORMAT_VERSION,
      baseIri: fresh.baseIri(),
      createdAt: fresh.now(),
    };
    const temporary = join(path, `${FILE}.tmp`);
    const file = await open(temporary, 'w');
    await file.writeFile(`${JSON.stringify(header, null, 2)}\n`);
    await file.sync();
    await file.close();
    await rename(temporary, join(path, FILE));
    return header;
  } catch (thrown) {
    if (thrown instanceof FabricError) throw thrown;
    throw unusable(path, messageOf(thrown), thrown);
  }
}

function unusable(path: string, why: string, cause?: unknown): FabricError {
  return new FabricError('data-directory-unusable', `Data directory ${path} cannot be used: ${why}`, {
    cause,
  });
}
