/**
 * How a CSV text is written: a dialect with its defaults filled in, as the scanner needs it.
 */
import type { CsvDialect } from '../normal-form.ts';

export interface CsvSyntax {
  readonly delimiter: number;
  /** -1: there are no quotes. */
  readonly quote: number;
  /** What stands before a quote that is part of a quoted field: another quote, or a backslash. */
  readonly escape: number;
  readonly commentPrefix: string | undefined;
  /** Rows before the header, whatever they are. */
  readonly skipRows: number;
  readonly skipBlankRows: boolean;
  readonly trimStart: boolean;
  readonly trimEnd: boolean;
}

const BACKSLASH = 92;

/** RFC 4180, where the dialect says nothing else; blank rows are no rows unless it says so. */
export function syntaxOf(dialect: CsvDialect | undefined): CsvSyntax {
  const { delimiter = ',', quoteChar = '"', doubleQuote = true, commentPrefix } = dialect ?? {};
  const { skipRows = 0, skipBlankRows = true, skipInitialSpace = false, trim = 'none' } = dialect ?? {};
  const quote = quoteChar === null ? -1 : quoteChar.charCodeAt(0);
  return {
    delimiter: delimiter.charCodeAt(0),
    quote,
    escape: doubleQuote ? quote : BACKSLASH,
    commentPrefix,
    skipRows,
    skipBlankRows,
    trimStart: skipInitialSpace || trim === 'start' || trim === 'both',
    trimEnd: trim === 'end' || trim === 'both',
  };
}

/** How many rows name the columns. */
export const headerRowsOf = (dialect: CsvDialect | undefined): number =>
  dialect?.header === false ? 0 : (dialect?.headerRowCount ?? 1);

export const RFC_4180: CsvSyntax = syntaxOf(undefined);
