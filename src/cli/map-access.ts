/**
 * What a run on the command line may read, and how far it has read.
 */
import { stat } from 'node:fs/promises';
import { columnsReferredTo } from '../mapping/columns.ts';
import type { LogicalSource } from '../mapping/normal-form.ts';
import type { Diagnostic } from '../mapping/record.ts';
import { overrideOf } from '../mapping/source-override.ts';
import { createSourceAccess, type RmlSourceAccess } from '../source/rml/access.ts';
import { createServices } from '../source/rml/services.ts';
import type { MapJob } from './map-job.ts';
import type { PreparedMapping } from './map-plan.ts';
import type { Progress } from './map-progress.ts';

export interface RunAccess extends RmlSourceAccess {
  /** Whether it reads messages, which have no end of their own. */
  readonly messages: boolean;
  /** Ends messages; those that have come are mapped. */
  stop(): Promise<void>;
  /** Where bytes that are read are counted from now on. */
  report(progress: Progress): void;
  /** Closes connections. */
  close(): Promise<void>;
}

/** Variables of the environment that a mapping may name for its databases. */
const SETTING = /^FABRIC_DB_/;

/** What is told of the sources while a run goes on. */
export interface AccessNotes {
  readonly warn: (message: string) => void;
  readonly tell: (diagnostic: Diagnostic) => void;
}

export function openAccess(job: MapJob, prepared: PreparedMapping, notes: AccessNotes): RunAccess {
  const roots = rootsOf(job, prepared);
  const folders = {
    mappingDirectory: prepared.folders[0] ?? process.cwd(),
    workingDirectory: process.cwd(),
    allowedRoots: roots,
    allowedOrigins: job.allowedOrigins,
  };
  const settings = Object.entries(process.env).filter(
    (entry): entry is [string, string] => SETTING.test(entry[0]) && entry[1] !== undefined,
  );
  const services = createServices({
    ...folders,
    databases: {
      settings: Object.fromEntries(settings),
      columnsOf: columnsReferredTo(prepared.checked.triplesMaps),
      given: job.groups.flatMap(({ databaseUrl }) => databaseUrl ?? []),
      onNotice: notes.warn,
    },
    brokers: {
      username: process.env['FABRIC_MQTT_USERNAME'],
      password: process.env['FABRIC_MQTT_PASSWORD'],
      messagesMax: job.messagesMax,
      durationMs: job.durationMs,
      onDiagnostic: notes.tell,
    },
  });
  let progress: Progress | undefined;
  const access = createSourceAccess({
    ...folders,
    ...services,
    overrides: prepared.overrides,
    standardInput: () => process.stdin as AsyncIterable<Uint8Array>,
    onBytesRead: (bytes) => progress?.advance(bytes),
  });
  return {
    messages: prepared.checked.sources.some(
      (source) => source.description.kind === 'mqtt' && overrideOf(source, prepared.overrides) === undefined,
    ),
    stop: () => services.stop(),
    identity: (source) => access.identity(source),
    check: (source) => access.check(source),
    open: (source) => access.open(source),
    report(to) {
      progress = to;
    },
    close: () => services.close(),
  };
}

/** Folders that a mapping may read from and write to. */
export const rootsOf = (job: MapJob, { folders }: PreparedMapping): readonly string[] => [
  ...new Set([process.cwd(), ...folders, ...job.allowedRoots]),
];

/** Bytes of all files that are read. @throws FabricError for a source that is not there or not allowed */
export async function checkSources(
  sources: readonly LogicalSource[],
  access: RmlSourceAccess,
): Promise<{ readonly files: readonly string[]; readonly totalBytes: number }> {
  const files = new Set<string>();
  for (const source of sources) {
    const file = await access.check(source);
    if (file !== undefined) files.add(file);
  }
  let totalBytes = 0;
  for (const file of files) totalBytes += (await stat(file)).size;
  return { files: [...files], totalBytes };
}
