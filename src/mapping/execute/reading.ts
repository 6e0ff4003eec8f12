/**
 * Reading the sources of a plan: texts that several logical sources share are opened and taken apart once.
 *
 * What cannot be read is refused or told here; rules only ever see records.
 */
import { FabricError } from '../../errors.ts';
import type { LogicalSource, MappingPlan, SourceRules } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import type { Part, SourceData, SourceMessages } from '../reference/formulation.ts';

export interface SourceAccess {
  /** The data of a source. @throws FabricError when it cannot be had */
  open(source: LogicalSource): SourceData | SourceMessages | Promise<SourceData | SourceMessages>;
  /** What is read for a source: equal data are read once. All that tells where it is unless told otherwise. */
  identity?(source: LogicalSource): string;
}

export interface RunMappingOptions {
  /** Whether the first problem of the data ends the run; else it is a diagnostic. */
  readonly strict: boolean;
  /** `record`: what was at hand, as its formulation has it; undefined for what could not be read. */
  readonly onDiagnostic?: (diagnostic: Diagnostic, record?: unknown) => void;
  /** Told at the end, of references that found nothing in any record; asking costs a little time. */
  readonly onUnmatched?: (diagnostic: Diagnostic) => void;
  /** Called with the number of records of a logical source that a document has. */
  readonly onRecords?: (records: number) => void;
  /** Whether every derivation of a quad is given and not only the first. */
  readonly keepDuplicates?: boolean;
}

/** Logical sources that read the same text. */
export type Reading = readonly SourceRules[];

/** A document with its place in the text, as far as its formulation knows it. */
export interface ReadDocument {
  readonly document: unknown;
  /** Data row of a table or line of NDJSON, from 1; 1 for a document that is the whole text. */
  readonly row: number;
  readonly line: number | undefined;
}

/** The logical sources of a plan, those of one text together. */
export function readingsOf(plan: MappingPlan, access: SourceAccess): readonly Reading[] {
  const identity = (source: LogicalSource): string =>
    access.identity?.(source) ??
    JSON.stringify([source.description, source.query, source.compression, source.encoding]);
  const isQuery = ({ source }: SourceRules): boolean => source.description.kind === 'database';
  const byText = Map.groupBy(plan.groups, (group) => {
    const { source } = group;
    // The table of a database is its iterator.
    const table = isQuery(group) ? source.iterator : undefined;
    return JSON.stringify([source.formulation, identity(source), table]);
  });
  return [...byText.values()];
}

/**
 * The documents of a source, those of a chunk together.
 *
 * @throws FabricError `syntax-error` where nothing can be read on, and in strict mode for any part that cannot
 */
export async function* documentsOf(
  reading: Reading,
  access: SourceAccess,
  options: RunMappingOptions,
): AsyncGenerator<readonly ReadDocument[]> {
  const [{ source }] = reading as readonly [SourceRules];
  for await (const parts of partsOf(reading, await access.open(source))) {
    let documents: ReadDocument[] = [];
    for (const part of parts) {
      if ('document' in part) {
        documents.push({ document: part.document, row: part.row, line: part.line });
        continue;
      }
      yield documents; // what came before was good
      documents = [];
      if (options.strict || part.fatal) throw refusalOf(source, part);
      options.onDiagnostic?.(diagnosticOf(source, part));
    }
    yield documents;
  }
}

async function* partsOf(
  reading: Reading,
  data: SourceData | SourceMessages,
): AsyncGenerator<readonly Part[]> {
  const [{ source, formulation }] = reading as readonly [SourceRules];
  const { formulation: spec } = source;
  if (data.kind !== 'messages') {
    const asked = reading.map((group) => ({
      iterator: group.source.iterator,
      references: group.references,
    }));
    const streamed = formulation.streamed?.(asked, spec);
    yield* streamed === undefined ? formulation.documents(data, spec) : streamed(data);
    return;
  }
  let number = 0;
  for await (const message of data.messages) {
    number++;
    for await (const parts of formulation.documents({ kind: 'bytes', chunks: [message] }, spec)) {
      yield parts.map((part) => partOfMessage(part, number));
    }
  }
}

/** The number of the message stands for the row. What is wrong with a message ends no other. */
function partOfMessage(part: Part, number: number): Part {
  if ('document' in part) return { document: part.document, row: number };
  const { code, message } = part.problem;
  return { problem: { code, message: `Message ${number}: ${message}` }, row: number, fatal: false };
}

type Problem = Extract<Part, { problem: unknown }>;

/** What is told of a part that cannot be read, while the rest goes on. */
export function diagnosticOf(source: LogicalSource, part: Problem): Diagnostic {
  const { problem, row, line } = part;
  const at = { source: source.location, row, ...(line === undefined ? {} : { line }) };
  return { code: problem.code, message: messageOf(source, part), at };
}

/** What is thrown where nothing can be read on. */
export function refusalOf(source: LogicalSource, part: Problem): FabricError {
  const { problem, row, line, column } = part;
  const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return new FabricError('syntax-error', messageOf(source, part), {
    location: { ...(source.location === undefined ? {} : { source: source.location }), ...place },
    extensions: { code: problem.code, row },
  });
}

function messageOf(source: LogicalSource, { problem, line }: Problem): string {
  const where = line === undefined ? '' : `, line ${line}`;
  return `Source "${source.location}"${where}: ${problem.message}`;
}
