/** Standard output as a place for bytes. Nothing written to it can be taken back. */
import { FabricError, messageOf } from '../errors.ts';
import type { ByteSink } from './sink.ts';

export function standardOutput(): ByteSink {
  const stream = process.stdout;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  stream.on('error', (error: Error) => {
    failure = error;
    wake?.();
  });
  const check = (): void => {
    if (failure !== undefined) {
      throw new FabricError('request-invalid', `Standard output cannot be written: ${messageOf(failure)}`, {
        cause: failure,
      });
    }
  };
  return {
    name: 'standard output',
    async write(bytes) {
      check();
      await new Promise<void>((resolve) => {
        wake = resolve;
        // The callback comes when the bytes have left: only then may they be written over.
        stream.write(bytes, () => {
          resolve();
        });
      });
      check();
    },
    close: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}
