/** Drives merges of an image where nobody else does: in tests and measurements that have an image and no state. */
import type { Image } from '../../src/store/image/image.ts';

const underWay = new WeakMap<Image, Iterator<void>>();

/** So many steps of a merge, of the one that is under way or of a new one; at its end the rest is left. */
export function mergeSteps(image: Image, steps: number): void {
  const merge = underWay.get(image) ?? image.merge();
  underWay.set(image, merge);
  for (let step = 0; step < steps; step++) {
    if (merge.next().done !== true) continue;
    underWay.delete(image);
    return;
  }
}

/** The same, but a new one begins only when it is due. */
export function mergeStepsWhenDue(image: Image, steps: number): void {
  if (underWay.has(image) || image.isMergeDue) mergeSteps(image, steps);
}
