/**
 * How far a run is: bytes of the sources read of those there are, rate and time left, on a terminal.
 */
import type { Terminal } from './terminal.ts';

export interface Progress {
  /** Bytes of a file were read, as they lie there. */
  advance(bytes: number): void;
  stop(): void;
}

const NO_PROGRESS: Progress = { advance: () => undefined, stop: () => undefined };

/**
 * @param totalBytes  of all sources whose size is known; others do not count
 * @param when  `on-terminal`: only where standard error is one
 */
export async function showProgress(
  totalBytes: number,
  when: 'always' | 'on-terminal' | 'never',
  terminal: Terminal,
): Promise<Progress> {
  if (when === 'never' || totalBytes === 0) return NO_PROGRESS;
  if (when === 'on-terminal' && !terminal.interactive) return NO_PROGRESS;
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {mib} of {mibTotal} MiB | {rate} MiB/s | {left} left',
    stream: process.stderr,
    hideCursor: true,
    noTTYOutput: when === 'always',
    notTTYSchedule: 1000,
    formatValue: (value) => String(value),
  });
  const start = performance.now();
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  const shown = (bytes: number): object => {
    const seconds = Math.max(0.001, (performance.now() - start) / 1000);
    const left = bytes === 0 ? undefined : ((totalBytes - bytes) * seconds) / bytes;
    return {
      mib: mib(bytes),
      mibTotal: mib(totalBytes),
      rate: mib(bytes / seconds),
      left: left === undefined ? '?' : duration(Math.max(0, left)),
    };
  };
  bar.start(totalBytes, 0, shown(0));
  let read = 0;
  return {
    advance(bytes) {
      read = Math.min(totalBytes, read + bytes);
      bar.update(read, shown(read));
    },
    stop() {
      bar.update(read, shown(read));
      bar.stop();
    },
  };
}

/** Seconds as people read them: `7s`, `3m05s`, `2h10m`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}
