/** `fabric restore`: a backup made a data directory again, in a folder that is new or empty. */
import { SingleBar } from 'cli-progress';
import { loadConfig } from '../config.ts';
import { restoreBackup } from '../store/backup/restore.ts';
import { EXIT } from './exit-codes.ts';
import type { CommandWork } from './options.ts';

export const restore: CommandWork = async (args, options, terminal) => {
  const data = options['data'] as string;
  const bar = terminal.interactive
    ? new SingleBar({ format: '{bar} {percentage}% | {value} of {total} quads | {eta_formatted} left' })
    : undefined;
  try {
    bar?.start(0, 0);
    const restored = await restoreBackup(args[0]!, data, {
      segmentBytes: loadConfig({ env: process.env }).log.segmentBytes,
      onProgress: (quads, of) => {
        bar?.setTotal(of);
        bar?.update(quads);
      },
    });
    bar?.stop();
    const { quads, records, seq, setHash } = restored;
    terminal.out(
      terminal.json
        ? JSON.stringify({ path: data, ...restored })
        : `${data}: ${quads} quads and ${records} records as of change ${seq}, set hash ${setHash}; read back and sound`,
    );
    return EXIT.ok;
  } finally {
    bar?.stop();
  }
};
