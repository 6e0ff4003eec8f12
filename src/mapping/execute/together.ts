/**
 * Several streams as one: what comes first is given first, and none waits for the end of another.
 *
 * Each stream is asked for its next item only when the one before has been taken.
 */

type Step<T> =
  | { readonly iterator: AsyncIterator<T>; readonly result: IteratorResult<T> }
  | { readonly failure: unknown };

/** @throws whatever a stream throws; the others are then left */
export async function* together<T>(streams: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const [only, second] = streams;
  if (only !== undefined && second === undefined) {
    yield* only;
    return;
  }
  const steps: Step<T>[] = [];
  let wake: (() => void) | undefined;
  const note = (step: Step<T>): void => {
    steps.push(step);
    wake?.();
  };
  const ask = (iterator: AsyncIterator<T>): void => {
    iterator.next().then(
      (result) => {
        note({ iterator, result });
      },
      (failure: unknown) => {
        note({ failure });
      },
    );
  };
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  for (const iterator of iterators) ask(iterator);
  let open = iterators.length;
  try {
    while (open > 0) {
      const step = steps.shift();
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('failure' in step) throw step.failure;
      if (step.result.done === true) {
        open--;
        continue;
      }
      yield step.result.value;
      ask(step.iterator);
    }
  } finally {
    // One that waits for its next item ends only then, so nobody waits for it here.
    for (const iterator of iterators) void iterator.return?.().then(undefined, () => undefined);
  }
}
