/** The segments of a log, each looked at by itself and held against the one before it. Nothing is cut or written. */
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FabricError, messageOf, PROBLEMS } from '../errors.ts';
import { decodeChange } from '../log/change-codec.ts';
import { scanSegment } from '../log/segment.ts';
import { readWhole } from '../log/segment-files.ts';
import type { ExaminedFile, Finding } from './examination.ts';
import { namesIn } from './names-in.ts';

export interface ExaminedLog {
  readonly files: readonly ExaminedFile[];
  readonly findings: readonly Finding[];
  /** The last change that a sound record holds; 0 where there is none. */
  readonly lastSeq: number;
}

type End = ReturnType<typeof scanSegment>;

/** @param path  of the data directory */
export async function examineLog(path: string, folder: string): Promise<ExaminedLog> {
  const files: ExaminedFile[] = [];
  const findings: Finding[] = [];
  const mend = PROBLEMS['log-damaged'].mend;
  let before: { readonly file: string; readonly end: End | undefined } | undefined;
  let lastSeq = 0;
  const names = await namesIn(folder);
  const segments = names.filter((name) => /^\d{20}\.log$/.test(name));
  for (const name of segments) {
    const file = relative(path, join(folder, name));
    const examined = await examineSegment(join(folder, name), file, findings);
    const { bytes, end } = examined;
    if (
      end &&
      before?.end &&
      (end.header.firstSeq !== before.end.lastSeq + 1 || end.header.chain !== before.end.chain)
    ) {
      const what = `it does not continue ${before.file}, which ends with change ${before.end.lastSeq}`;
      findings.push({ severity: 'error', file, what, mend });
    }
    if (end && end.tornBytes > 0) {
      const isLast = name === segments.at(-1);
      findings.push(
        isLast
          ? {
              severity: 'note',
              file,
              what: `${end.tornBytes} bytes behind byte ${end.offset} are a torn tail, written before a crash and never acknowledged; start-up cuts it`,
            }
          : {
              severity: 'error',
              file,
              what: `its end is torn at byte ${end.offset}, yet another segment follows`,
              mend,
            },
      );
    }
    lastSeq = end?.lastSeq ?? lastSeq;
    files.push({ file, bytes, says: end ? saidOf(end) : 'damaged' });
    before = { file, end };
  }
  for (const name of names.filter((each) => !segments.includes(each))) {
    const file = relative(path, join(folder, name));
    files.push({ file, bytes: (await stat(join(folder, name))).size, says: 'no segment' });
    findings.push(
      name.endsWith('.tmp')
        ? { severity: 'note', file, what: 'a segment that was being made at a crash; start-up takes it away' }
        : { severity: 'warning', file, what: 'it is no segment of the log', mend: 'Move it away.' },
    );
  }
  return { files, findings, lastSeq };
}

async function examineSegment(
  path: string,
  file: string,
  findings: Finding[],
): Promise<{ readonly bytes: number; readonly end: End | undefined }> {
  const bytes = await readWhole(path);
  const unreadable: number[] = [];
  try {
    const end = scanSegment(bytes, file, (seq, payload) => {
      if (!isReadable(payload, seq)) unreadable.push(seq);
    });
    if (unreadable.length > 0) {
      const what = `${unreadable.length} changes cannot be read although their checksums are right, the first is ${unreadable[0]!}`;
      findings.push({
        severity: 'error',
        file,
        what,
        mend: 'Use a program that is not older than the one that wrote them.',
      });
    }
    return { bytes: bytes.length, end };
  } catch (refusal) {
    const mend = refusal instanceof FabricError ? PROBLEMS[refusal.type].mend : PROBLEMS['log-damaged'].mend;
    findings.push({ severity: 'error', file, what: messageOf(refusal), mend });
    return { bytes: bytes.length, end: undefined };
  }
}

function isReadable(payload: Buffer, seq: number): boolean {
  try {
    return decodeChange(payload).seq === seq;
  } catch {
    return false;
  }
}

const saidOf = ({ header: { firstSeq }, lastSeq }: End): string =>
  lastSeq < firstSeq ? `no change yet; the next is ${firstSeq}` : `changes ${firstSeq} to ${lastSeq}`;
