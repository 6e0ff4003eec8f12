/**
 * What `fabric doctor` looks at: every file of a data directory by itself, then all of them as start-up reads them. One
 * damaged file must never hide what is to be said of the others.
 */
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DEFAULT_TENANT } from '../authorize.ts';
import type { Config } from '../config.ts';
import { FabricError, messageOf, PROBLEMS } from '../errors.ts';
import { loadMappingSyntax } from '../mapping/parse/syntax.ts';
import { GraphNames } from '../rdf/graphs.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { readImageCache } from '../store/image-cache.ts';
import { MappingFiles } from '../store/mapping-files.ts';
import type { SetHash } from '../store/set-hash.ts';
import { openState } from '../store/state.ts';
import { examineLog } from './log-examination.ts';
import { namesIn } from './names-in.ts';

/** An error is damage; a warning wants to be looked at; a note is good to know. */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly severity: Severity;
  /** Below the data directory. */
  readonly file: string;
  readonly what: string;
  readonly mend?: string;
}

export interface ExaminedFile {
  readonly file: string;
  readonly bytes: number;
  readonly says: string;
}

export interface Examination {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly files: readonly ExaminedFile[];
  readonly findings: readonly Finding[];
}

export function worstOf(findings: readonly Finding[]): Severity {
  return (
    (['error', 'warning'] as const).find((each) => findings.some(({ severity }) => severity === each)) ??
    'note'
  );
}

/**
 * @param directory  the one that is asked about; nothing in it is opened for writing
 * @param copy  a copy of it, which is opened as start-up would
 */
export async function examine(
  directory: DataDirectory,
  copy: DataDirectory,
  config: Config,
): Promise<Examination> {
  const { path, baseIri, createdAt } = directory;
  const log = await examineLog(path, directory.log(DEFAULT_TENANT));
  const mappings = await examineMappings(directory);
  const others = await examineOthers(directory, new GraphNames(baseIri));
  const start = await startUp(copy, config, log.lastSeq, others.kept);
  return {
    facts: { path, baseIri, createdAt, ...start.facts },
    files: [...log.files, ...mappings.files, ...others.files],
    // Start-up says again, of the first damaged file alone, what was said of all of them.
    findings: [...log.findings, ...mappings.findings, ...others.findings, ...start.findings],
  };
}

interface Part {
  readonly files: readonly ExaminedFile[];
  readonly findings: readonly Finding[];
}

async function examineMappings(directory: DataDirectory): Promise<Part> {
  const folder = directory.mappings(DEFAULT_TENANT);
  const files: ExaminedFile[] = [];
  const findings: Finding[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const file = relative(directory.path, path);
    files.push({
      file,
      bytes: (await stat(path)).size,
      says: 'a mapping that was given to the running fabric',
    });
    if (name.endsWith('.tmp')) {
      findings.push({
        severity: 'note',
        file,
        what: 'left over from a crash while it was being written; it is not used',
      });
    }
  }
  for (const { source, text, format } of new MappingFiles(folder).all()) {
    try {
      (await loadMappingSyntax(format))({ name: source, text, baseIRI: undefined }, 'urn:base:');
    } catch (thrown) {
      findings.push({
        severity: 'error',
        file: relative(directory.path, folder),
        what: `the mapping of source "${source}" cannot be read: ${messageOf(thrown)}`,
        mend: 'Take the file away to go back to the configured mapping, or give the fabric a sound one afterwards.',
      });
    }
  }
  return { files, findings };
}

const PARTS = ['log', 'store', 'mappings'];

/** An image that was kept as a file: where it stands, and the set hash of its quads. */
interface Kept {
  readonly file: string;
  readonly seq: number;
  readonly hash: SetHash;
}

/** What lies beside log and mappings: the store, a kept image perhaps, and what is not ours. */
async function examineOthers(
  directory: DataDirectory,
  graphs: GraphNames,
): Promise<Part & { readonly kept: Kept | undefined }> {
  let kept: Kept | undefined;
  const files: ExaminedFile[] = [];
  const findings: Finding[] = [];
  const store = directory.store(DEFAULT_TENANT);
  const storeFiles = await Promise.all((await namesIn(store)).map((name) => stat(join(store, name))));
  files.push({
    file: relative(directory.path, store),
    bytes: storeFiles.reduce((sum, { size }) => sum + size, 0),
    says: `quadstore in ${storeFiles.length} files of LevelDB`,
  });
  const tenant = join(store, '..');
  for (const name of (await namesIn(tenant)).filter((each) => !PARTS.includes(each))) {
    const path = join(tenant, name);
    const file = relative(directory.path, path);
    const found = await stat(path);
    if (path !== directory.image(DEFAULT_TENANT)) {
      files.push({ file, bytes: found.size, says: 'nothing that start-up uses' });
      findings.push({
        severity: 'warning',
        file,
        what: 'it is no part of a data directory',
        mend: 'Move it away.',
      });
      continue;
    }
    const cached = await readImageCache(path, { graphs });
    if ('image' in cached) kept = { file, seq: cached.image.publishedSeq, hash: cached.hash };
    else findings.push(useless(file, `it cannot be used: ${cached.unusable ?? 'it has gone'}`));
    files.push({
      file,
      bytes: found.size,
      says: kept ? `the image as of change ${kept.seq}, a cache` : 'damaged',
    });
  }
  for (const name of await namesIn(directory.path)) {
    if (['fabric.json', 'tenants', 'lost+found'].includes(name)) continue;
    findings.push({
      severity: 'warning',
      file: name,
      what: 'it is no part of a data directory',
      mend: 'Move it away.',
    });
  }
  return { files, findings, kept };
}

/** The kept image is a cache: whatever is wrong with it costs a start its time, and nothing else. */
const useless = (file: string, what: string): Finding => ({
  severity: 'note',
  file,
  what: `${what}; start-up reads the store in its place`,
  mend: 'It may be deleted; it is made anew.',
});

/** Opens the copy, without the kept image so that the store is read, and compares it with what the files said. */
async function startUp(
  copy: DataDirectory,
  config: Config,
  lastSeq: number,
  kept: Kept | undefined,
): Promise<{ readonly facts: Readonly<Record<string, unknown>>; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  try {
    const { image, log, home, records, recovery, checkpointer } = await openState({
      folders: { log: copy.log(DEFAULT_TENANT), store: copy.store(DEFAULT_TENANT) },
      config,
      graphs: new GraphNames(copy.baseIri),
      now: Date.now,
      onChange: () => undefined,
      onBackgroundError: () => undefined,
    });
    const { lastSeq: checkpointSeq, hash, unfinished } = home.state;
    const statistics = image.statistics();
    const facts = {
      lastSeq: image.publishedSeq,
      firstRetainedSeq: log.firstSeq,
      checkpointSeq,
      checkpointHash: hash,
      checkpointedQuads: recovery.quads,
      tailLength: checkpointer.tailLength,
      replayedChanges: recovery.replayed,
      quads: statistics.quads,
      terms: statistics.terms,
      records: records.size,
    };
    if (unfinished) {
      findings.push({
        severity: 'note',
        file: 'tenants/default/store',
        what: `a checkpoint up to change ${unfinished.seq} was cut short; the log makes up for it`,
      });
    }
    if (kept?.seq === checkpointSeq && kept.hash.toString() !== hash) {
      findings.push(useless(kept.file, 'its quads are not those of the checkpoint'));
    }
    if (checkpointer.tailLength >= config.writer.tailChangesMax / 2) {
      findings.push({
        severity: 'warning',
        file: 'tenants/default/log',
        what: `${checkpointer.tailLength} changes wait for a checkpoint; from ${config.writer.tailChangesMax} on writers are refused`,
        mend: 'Start the fabric and let it write a checkpoint; if it cannot, look for its errors.',
      });
    }
    if (image.publishedSeq !== lastSeq) {
      findings.push({
        severity: 'error',
        file: 'tenants/default/log',
        what: `start-up ends with change ${image.publishedSeq}, the log with ${lastSeq}`,
        mend: PROBLEMS['log-damaged'].mend,
      });
    }
    await log.close();
    await home.close();
    return { facts, findings };
  } catch (refusal) {
    if (!(refusal instanceof FabricError)) throw refusal;
    const file = refusal.type === 'log-damaged' ? 'tenants/default/log' : 'tenants/default/store';
    const what = `the fabric would not start: ${refusal.message.replaceAll(`${copy.path}/`, '')}`;
    findings.push({ severity: 'error', file, what, mend: PROBLEMS[refusal.type].mend });
    return { facts: {}, findings };
  }
}
