/**
 * `fabric map --watch`: maps again whenever a mapping or a file changes, and tells what became different.
 *
 * The result of a run replaces the one before at once. A run that fails is told and changes nothing.
 */
import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { FabricError, messageOf } from '../errors.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import { formatted } from '../target/open.ts';
import type { QuadSink } from '../target/sink.ts';
import { EXIT } from './exit-codes.ts';
import { openAccess } from './map-access.ts';
import type { MapJob } from './map-job.ts';
import { prepare, summarise } from './map-report.ts';
import { runOnce } from './map-run.ts';
import { openOutput } from './map-work.ts';
import { reportError, type Terminal } from './terminal.ts';

/** Editors and downloads write in several steps; what comes within this time is one change. */
const QUIET_MS = 150;

/**
 * Runs until the process is told to stop.
 *
 * @param deltaPath  where `+` and `-` lines of N-Quads are appended; undefined: standard output
 */
export async function watch(job: MapJob, deltaPath: string | undefined, terminal: Terminal): Promise<number> {
  const changes = new Changes();
  process.once('SIGINT', () => {
    changes.stop();
  });
  process.once('SIGTERM', () => {
    changes.stop();
  });
  let before: ReadonlySet<string> = new Set();
  let files: readonly string[] = job.groups.flatMap((group) => group.files);
  do {
    changes.watch([...files, ...job.functions]);
    try {
      const result = await mapAgain(job, terminal);
      files = [...job.groups.flatMap((group) => group.files), ...result.files];
      changes.watch([...files, ...job.functions]);
      await tell(before, result.lines, deltaPath);
      before = result.lines;
    } catch (thrown) {
      if (!(thrown instanceof FabricError)) throw thrown;
      reportError(thrown, terminal);
    }
  } while (await changes.next());
  return EXIT.ok;
}

async function mapAgain(
  job: MapJob,
  terminal: Terminal,
): Promise<{ readonly lines: ReadonlySet<string>; readonly files: readonly string[] }> {
  const prepared = await prepare(job, terminal);
  const access = openAccess(job, prepared, (text) => {
    terminal.note(text);
  });
  const quads: RDF.Quad[] = [];
  try {
    const result = await runOnce(job, prepared, access, terminal, await watchedOutput(job, quads));
    summarise(job, result, terminal);
    return { lines: new Set(quads.map(toNQuads)), files: result.files };
  } finally {
    await access.close();
    prepared.close();
  }
}

/** Keeps the quads, and writes them where the job says; without a file only the difference is shown. */
async function watchedOutput(job: MapJob, quads: RDF.Quad[]): Promise<QuadSink> {
  const file =
    job.output.path === undefined
      ? undefined
      : await formatted(await openOutput(job.output), { ...job.output, encoding: undefined, prefixes: NS });
  return {
    name: job.output.path ?? 'the difference',
    async write(more) {
      quads.push(...more);
      await file?.write(more);
    },
    async close() {
      await file?.close();
    },
    async abort() {
      await file?.abort();
    },
  };
}

async function tell(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  deltaPath: string | undefined,
): Promise<void> {
  let text = '';
  for (const line of before) if (!after.has(line)) text += `- ${line}\n`;
  for (const line of after) if (!before.has(line)) text += `+ ${line}\n`;
  if (text === '') return;
  if (deltaPath === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    await appendFile(deltaPath, text);
  } catch (thrown) {
    throw new FabricError('request-invalid', `${deltaPath} cannot be written: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/**
 * Changes of files, by their folders: a file that is replaced under its name is another file.
 */
class Changes {
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
