/**
 * A difference of two graphs as text for people, as an RDF Patch, or as JSON, in pieces as it is found. No more than what
 * differs of one subject is held.
 */
export type DiffFormat = 'text' | 'patch' | 'json';

/** A line of canonical N-Quads that one side has and the other lacks. */
export interface DifferentLine {
  readonly line: string;
  readonly isAdded: boolean;
}

interface Counts {
  added: number;
  removed: number;
}

/**
 * @param lines  in order, so that those of a subject come together
 * @param counts  counted up
 */
export async function* diffPieces(
  lines: AsyncIterable<DifferentLine>,
  format: DiffFormat,
  names: { readonly before: string; readonly after: string },
  counts: Counts,
): AsyncGenerator<string> {
  const counted = counting(lines, counts);
  if (format === 'patch') yield* patchPieces(counted);
  else if (format === 'text') yield* textPieces(counted, counts);
  else yield* jsonPieces(counted, names, counts);
}

async function* counting(lines: AsyncIterable<DifferentLine>, counts: Counts): AsyncGenerator<DifferentLine> {
  for await (const different of lines) {
    counts[different.isAdded ? 'added' : 'removed']++;
    yield different;
  }
}

/** RDF Patch: rows of `A` and `D` within a transaction. */
async function* patchPieces(lines: AsyncIterable<DifferentLine>): AsyncGenerator<string> {
  yield 'TX .\n';
  for await (const { line, isAdded } of lines) yield `${isAdded ? 'A' : 'D'} ${line}\n`;
  yield 'TC .\n';
}

/** What subjects and predicates share with the line before is not written again. */
async function* textPieces(lines: AsyncIterable<DifferentLine>, counts: Counts): AsyncGenerator<string> {
  let last: Terms | undefined;
  for await (const { line, isAdded } of lines) {
    const terms = termsOf(line);
    const { subject, predicate, object, graph } = terms;
    const isSameSubject = subject === last?.subject;
    let piece = isSameSubject ? '' : `${subject}\n`;
    if (!isSameSubject || predicate !== last?.predicate) piece += `  ${predicate}\n`;
    yield `${piece}    ${isAdded ? '+' : '-'} ${object}${graph === undefined ? '' : ` in ${graph}`}\n`;
    last = terms;
  }
  yield counts.added + counts.removed === 0
    ? 'no difference\n'
    : `${counts.removed} removed, ${counts.added} added\n`;
}

interface SubjectDifference {
  readonly subject: string;
  readonly removed: Omit<Terms, 'subject'>[];
  readonly added: Omit<Terms, 'subject'>[];
}

async function* jsonPieces(
  lines: AsyncIterable<DifferentLine>,
  { before, after }: { readonly before: string; readonly after: string },
  counts: Counts,
): AsyncGenerator<string> {
  yield `{"before":${JSON.stringify(before)},"after":${JSON.stringify(after)},"subjects":[`;
  let separator = '';
  let held: SubjectDifference | undefined;
  for await (const { line, isAdded } of lines) {
    const { subject, ...rest } = termsOf(line);
    if (held?.subject !== subject) {
      if (held) {
        yield separator + JSON.stringify(held);
        separator = ',\n';
      }
      held = { subject, removed: [], added: [] };
    }
    held[isAdded ? 'added' : 'removed'].push(rest);
  }
  if (held) yield separator + JSON.stringify(held);
  yield `],"removed":${counts.removed},"added":${counts.added}}\n`;
}

interface Terms {
  readonly subject: string;
  readonly predicate: string;
  readonly object: string;
  readonly graph?: string;
}

/** Only literals have blanks within them. */
const LINE = /^(\S+) (\S+) ("[^"\\]*(?:\\.[^"\\]*)*"\S*|\S+)(?: (\S+))? \.$/s;

function termsOf(line: string): Terms {
  const [, subject, predicate, object, graph] = LINE.exec(line)!;
  return {
    subject: subject!,
    predicate: predicate!,
    object: object!,
    ...(graph === undefined ? {} : { graph }),
  };
}
