/**
 * Keeps the general engine within its limits: past a deadline or a row limit its streams are destroyed, so
 * that they stop working. This is the adapter's side; the id-space plan looks at its clock by itself.
 */
import { FabricError, messageOf } from '../errors.ts';
import type { GeneralLimits } from './general.ts';

/** Items that come one by one and can be stopped. */
interface Stream<T> extends AsyncIterable<T> {
  destroy(): void;
}

/**
 * All items of a stream that is on its way.
 *
 * @throws FabricError `query-deadline`, `query-too-large`, `query-unsupported`
 */
export async function collect<T>(pending: Promise<Stream<T>>, limits: GeneralLimits): Promise<T[]> {
  const stream = await beforeDeadline(pending, limits, (late) => {
    late.destroy();
  });
  const items: T[] = [];
  const read = async (): Promise<void> => {
    for await (const item of stream) {
      items.push(item);
      if (items.length <= limits.rowsMax) continue;
      throw new FabricError('query-too-large', `The query has more than ${limits.rowsMax} solutions`, {
        extensions: { limit: 'query.rowsMax' },
      });
    }
  };
  try {
    await beforeDeadline(read(), limits);
    return items;
  } catch (thrown) {
    stream.destroy();
    throw thrown;
  }
}

/**
 * Waits for `work` until the deadline; what comes after it goes to `onLate`.
 *
 * @throws FabricError `query-deadline`; `query-unsupported` where the work fails
 */
export async function beforeDeadline<T>(
  work: Promise<T>,
  limits: GeneralLimits,
  onLate?: (late: T) => void,
): Promise<T> {
  const { deadlineMs, started, now } = limits;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const racers = [work];
  if (deadlineMs !== undefined) {
    let late = false;
    racers.push(
      new Promise<never>((_resolve, reject) => {
        const expire = (): void => {
          late = true;
          const message = `The query took longer than ${deadlineMs} ms`;
          reject(new FabricError('query-deadline', message, { extensions: { deadlineMs } }));
        };
        timer = setTimeout(expire, Math.max(0, deadlineMs - (now() - started)));
      }),
    );
    work.then(
      (value) => {
        if (late) onLate?.(value);
      },
      () => undefined,
    );
  }
  try {
    return await Promise.race(racers);
  } catch (thrown) {
    if (thrown instanceof FabricError) throw thrown;
    const message = `The query cannot be evaluated: ${messageOf(thrown)}`;
    throw new FabricError('query-unsupported', message, { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}
