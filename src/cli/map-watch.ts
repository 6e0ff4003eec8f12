/**
 * `fabric map --watch`: maps again whenever a mapping or a file changes, and tells what became different.
 *
 * Where records can be followed, only those that changed are mapped; else all of it runs again. A run that fails is
 * told and changes nothing. The graph is held in memory.
 */
import { appendFile } from 'node:fs/promises';
import { FabricError, messageOf } from '../errors.ts';
import { type RDF, toNQuads } from '../rdf/terms.ts';
import { NS } from '../rdf/vocab.ts';
import { formatted } from '../target/open.ts';
import type { QuadSink } from '../target/sink.ts';
import { EXIT } from './exit-codes.ts';
import { checkSources, openAccess, type RunAccess } from './map-access.ts';
import { Changes } from './map-changes.ts';
import { Failures } from './map-failures.ts';
import { Follower, obstacleTo } from './map-follow.ts';
import type { MapJob } from './map-job.ts';
import type { PreparedMapping } from './map-plan.ts';
import { notesTo, prepare, summarise, summariseChange } from './map-report.ts';
import { runOnce } from './map-run.ts';
import { openOutput } from './map-work.ts';
import { reportError, type Terminal } from './terminal.ts';

export interface WatchOptions {
  /** Where `+` and `-` lines of N-Quads are appended; undefined: standard output. */
  readonly deltaPath: string | undefined;
  /** The reference that tells records apart; undefined: what they say. */
  readonly key: string | undefined;
}

/** The graph so far: quads by their lines. */
type Graph = Map<string, RDF.Quad>;

interface Update {
  readonly added: Iterable<string>;
  readonly removed: Iterable<string>;
  /** Files that were read. */
  readonly files: readonly string[];
}

/** Runs until the process is told to stop. */
export async function watch(job: MapJob, options: WatchOptions, terminal: Terminal): Promise<number> {
  const changes = new Changes();
  const stop = (): void => {
    changes.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const watched = new Watched(job, options, terminal);
  const own = [...job.groups.flatMap((group) => group.files), ...job.functions];
  let files: readonly string[] = [];
  do {
    changes.watch([...own, ...files]);
    try {
      const update = await watched.update();
      files = update.files;
      changes.watch([...own, ...files]);
      await tell(update, options.deltaPath);
    } catch (thrown) {
      if (!(thrown instanceof FabricError)) throw thrown;
      reportError(thrown, terminal);
    }
  } while (await changes.next());
  return EXIT.ok;
}

class Watched {
  readonly #job: MapJob;
  readonly #key: string | undefined;
  readonly #terminal: Terminal;
  #graph: Graph = new Map();
  #follower: Follower | undefined;
  /** Why records are not followed, as it was told last. */
  #told: string | undefined;

  constructor(job: MapJob, { key }: WatchOptions, terminal: Terminal) {
    this.#job = job;
    this.#key = key;
    this.#terminal = terminal;
  }

  /** Brings the graph up to date. @throws FabricError, when it stays as it was */
  async update(): Promise<Update> {
    const prepared = await prepare(this.#job, this.#terminal);
    const access = openAccess(this.#job, prepared, notesTo(this.#terminal));
    try {
      if (access.messages) {
        throw new FabricError('request-invalid', '--watch follows files, and the mapping reads MQTT topics', {
          extensions: { hint: 'Leave --watch out: messages are mapped as they come.' },
        });
      }
      const { files } = await checkSources(prepared.checked.sources, access);
      return { ...(await this.#run(prepared, access)), files };
    } finally {
      await access.close();
      prepared.close();
    }
  }

  async #run(prepared: PreparedMapping, access: RunAccess): Promise<Omit<Update, 'files'>> {
    const obstacle = await obstacleTo(this.#job, prepared, access);
    if (obstacle === undefined) return this.#follow(prepared, access);
    if (this.#key !== undefined) {
      throw new FabricError('request-invalid', `--key has no effect with ${obstacle}`, {
        extensions: { hint: 'Leave --key out: all records are mapped again at each change.' },
      });
    }
    if (this.#told !== obstacle && !this.#job.quiet) {
      this.#terminal.note(`All records are mapped again at each change, because of ${obstacle}`);
    }
    this.#told = obstacle;
    this.#follower = undefined;
    return this.#runAll(prepared, access);
  }

  async #runAll(prepared: PreparedMapping, access: RunAccess): Promise<Omit<Update, 'files'>> {
    const graph: Graph = new Map();
    const file = await this.#output();
    const sink: QuadSink = {
      name: this.#job.output.path ?? 'the difference',
      async write(quads) {
        for (const quad of quads) graph.set(toNQuads(quad), quad);
        await file?.write(quads);
      },
      close: async () => file?.close(),
      abort: async () => file?.abort(),
    };
    const result = await runOnce(this.#job, prepared, access, this.#terminal, sink);
    summarise(this.#job, result, this.#terminal);
    return this.#replace(graph);
  }

  async #follow(prepared: PreparedMapping, access: RunAccess): Promise<Omit<Update, 'files'>> {
    const start = performance.now();
    const failures = await Failures.open(undefined, this.#terminal);
    const notes = {
      onDiagnostic: failures.add.bind(failures),
      onBreak: (error: FabricError) => {
        reportError(error, this.#terminal);
        failures.refuse(error);
      },
    };
    const known = this.#follower;
    const plan = await prepared.plan();
    const follower = known ?? new Follower(plan, access, this.#key, notes);
    this.#follower = undefined; // one that fails is of no use
    const change = await follower.update(plan, access, notes);
    await failures.close();
    const update = known === undefined ? this.#replace(new Map(change.added)) : this.#apply(change);
    this.#follower = follower;
    try {
      await this.#write();
    } catch (thrown) {
      if (!(thrown instanceof FabricError)) throw thrown;
      reportError(thrown, this.#terminal); // the change is there and is told all the same
    }
    const seconds = (performance.now() - start) / 1000;
    const counts = { quads: this.#graph.size, failures: failures.count, seconds };
    summariseChange(this.#job, { ...change, ...counts }, this.#terminal);
    return update;
  }

  #apply({ added, removed }: Pick<Update, 'removed'> & { readonly added: ReadonlyMap<string, RDF.Quad> }): {
    readonly added: Iterable<string>;
    readonly removed: Iterable<string>;
  } {
    for (const line of removed) this.#graph.delete(line);
    for (const [line, quad] of added) this.#graph.set(line, quad);
    return { added: added.keys(), removed };
  }

  #replace(graph: Graph): { readonly added: Iterable<string>; readonly removed: Iterable<string> } {
    const before = this.#graph;
    this.#graph = graph;
    return { added: linesOnlyIn(graph, before), removed: linesOnlyIn(before, graph) };
  }

  /** Without a file only the difference is shown. */
  async #output(): Promise<QuadSink | undefined> {
    const { output } = this.#job;
    if (output.path === undefined) return undefined;
    return formatted(await openOutput(output), { ...output, encoding: undefined, prefixes: NS });
  }

  async #write(): Promise<void> {
    const sink = await this.#output();
    if (sink === undefined) return;
    try {
      let quads: RDF.Quad[] = [];
      for (const quad of this.#graph.values()) {
        if (quads.push(quad) < QUADS) continue;
        await sink.write(quads);
        quads = [];
      }
      await sink.write(quads);
      await sink.close();
    } catch (thrown) {
      await sink.abort();
      throw thrown;
    }
  }
}

function* linesOnlyIn(graph: Graph, other: Graph): Generator<string> {
  for (const line of graph.keys()) if (!other.has(line)) yield line;
}

/** Quads that are written together. */
const QUADS = 1024;

async function tell({ added, removed }: Update, deltaPath: string | undefined): Promise<void> {
  let text = '';
  for (const line of removed) text += `- ${line}\n`;
  for (const line of added) text += `+ ${line}\n`;
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
