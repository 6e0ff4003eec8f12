/** `fabric backup`: one archive of one state of a service or of a data directory at rest; whole, or not there. */
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '../config.ts';
import { FabricError, messageOf } from '../errors.ts';
import { type BackupSummary, verifyBackup } from '../store/backup/read.ts';
import { ServiceClient } from './client.ts';
import { openDataAtRest } from './data-at-rest.ts';
import { EXIT } from './exit-codes.ts';
import { type CommandWork, serviceOf } from './options.ts';
import { fileChunks } from './quad-files.ts';

export const backup: CommandWork = async (args, options, terminal) => {
  const data = options['data'] as string | undefined;
  let path: string;
  if (data === undefined) {
    const response = await new ServiceClient(serviceOf(options)).request('/v1/backup', {
      headers: { accept: 'application/gzip' },
    });
    const seq = Number(response.headers.get('fabric-seq'));
    path = await keep(args[0]!, seq, Readable.fromWeb(response.body as never));
  } else {
    await using opened = await openDataAtRest(data, loadConfig({ env: process.env }), 'existing');
    using held = opened.wholeState.backup(opened.context);
    path = await keep(args[0]!, held.seq, held.chunks);
  }
  const { header, manifest } = await verified(path);
  const { quads, records, mappings, setHash } = manifest;
  const { seq, baseIri } = header;
  terminal.out(
    terminal.json
      ? JSON.stringify({ path, seq, baseIri, quads, records, mappings, setHash })
      : `${path}: ${quads} quads and ${records} records as of change ${seq}, set hash ${setHash}; read back and sound`,
  );
  return EXIT.ok;
};

/** Writes the archive under its name only when it is complete on the disk. */
async function keep(target: string, seq: number, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const path = (await isFolder(target)) ? join(target, `fabric-${seq}.tar.gz`) : target;
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), createWriteStream(partial));
    const file = await open(partial, 'r+');
    await file.sync();
    await file.close();
    await rename(partial, path);
    return path;
  } catch (thrown) {
    await rm(partial, { force: true });
    if (thrown instanceof FabricError) throw thrown;
    const full = ['ENOSPC', 'EDQUOT'].includes((thrown as { code?: string }).code ?? '');
    throw new FabricError(
      full ? 'storage-full' : 'request-invalid',
      `Backup ${path} cannot be written: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** What cannot be read back is no backup: it goes away again. */
async function verified(path: string): Promise<BackupSummary> {
  try {
    return await verifyBackup(fileChunks(path));
  } catch (refusal) {
    await rm(path, { force: true });
    throw refusal;
  }
}
