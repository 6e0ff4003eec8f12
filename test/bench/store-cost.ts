/** What children of the topic `store` share: what a stretch of work cost, and what is held after it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** CPU and wall time since it was made, in seconds; CPU is user and system, of all threads. */
export function stopwatch(): () => { readonly cpuSeconds: number; readonly wallSeconds: number } {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - wall) / 1000 };
  };
}

export interface Held {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
  readonly externalBytes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What the process holds once garbage is gone. */
export async function held(): Promise<Held> {
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    // Freed pages go back to the system a little later.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, arrayBuffers, external } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed, arrayBufferBytes: arrayBuffers, externalBytes: external };
}

/** The one line by which a child reports. */
export function report(figures: object): void {
  console.log(JSON.stringify(figures));
}
