/** Changes of files, by their folders: a file that is replaced under its name is another file. */
import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Editors and downloads write in several steps; what comes within this time is one change. */
const QUIET_MS = 150;

export class Changes {
  readonly #watchers = new Map<string, FSWatcher>();
  #names = new Map<string, Set<string>>();
  #changed = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  /** Watches these files and no others. */
  watch(files: readonly string[]): void {
    this.#names = new Map();
    for (const file of files) {
      if (file === '-') continue;
      const path = resolve(file);
      const names = this.#names.get(dirname(path)) ?? new Set();
      this.#names.set(dirname(path), names.add(basename(path)));
    }
    for (const folder of this.#names.keys()) {
      if (this.#watchers.has(folder)) continue;
      const watcher = watchFolder(folder, (_event, name) => {
        if (name === null || this.#names.get(folder)?.has(name) === true) this.#note();
      });
      watcher.on('error', () => {
        this.#note();
      });
      this.#watchers.set(folder, watcher);
    }
  }

  /** Waits for a change. @returns false when there will be none */
  async next(): Promise<boolean> {
    while (!this.#changed && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#changed = false;
    if (this.#stopped) for (const watcher of this.#watchers.values()) watcher.close();
    return !this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  #note(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#changed = true;
      this.#wake?.();
    }, QUIET_MS);
  }
}
