/**
 * What the commands write: results to standard output, everything else to standard error.
 *
 * With `--json` each command writes one JSON value (or one a line where it says so) and errors are problem
 * documents, so that a script never has to read prose.
 */
import { FabricError, messageOf, PROBLEMS } from '../errors.ts';

export interface Terminal {
  readonly json: boolean;
  /** Whether standard error is a terminal, where a progress bar makes sense. */
  readonly interactive: boolean;
  out(text: string): void;
  note(text: string): void;
}

export function makeTerminal(json: boolean): Terminal {
  return {
    json,
    interactive: process.stderr.isTTY && !json,
    out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** Writes a refusal: what, where, and how to mend it. */
export function reportError(error: FabricError, terminal: Terminal): void {
  const { title, mend } = PROBLEMS[error.type];
  if (terminal.json) {
    terminal.note(
      JSON.stringify({
        type: error.iri,
        title,
        detail: error.message,
        ...(error.location ? { location: error.location } : {}),
        mend,
        ...error.extensions,
      }),
    );
    return;
  }
  const place = placeOf(error);
  terminal.note(`fabric: ${place === '' ? '' : `${place}: `}${error.message}`);
  for (const extra of extrasOf(error)) terminal.note(`  ${extra}`);
  // What the type of an error says in general would only blur what is said of this one.
  if (typeof error.extensions['hint'] !== 'string') terminal.note(`  ${mend}`);
}

/** Writes a fault of the program: for people its stack, which a report of it needs. */
export function reportFault(thrown: unknown, terminal: Terminal): void {
  if (terminal.json) {
    reportError(new FabricError('internal-fault', messageOf(thrown), { cause: thrown }), terminal);
    return;
  }
  terminal.note(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}

/** File, line and column, unless the message names them itself. */
function placeOf({ location, message }: FabricError): string {
  if (location === undefined) return '';
  if (location.line === undefined && message.includes(location.source ?? '')) return '';
  return [location.source, location.line, location.column].filter((part) => part !== undefined).join(':');
}

/** What the error carries beside its message, as far as the message does not say it already. */
function extrasOf(error: FabricError): string[] {
  const { errors, hint, supported } = error.extensions;
  const lines: string[] = [];
  if (typeof hint === 'string') lines.push(hint);
  if (Array.isArray(errors)) {
    lines.push(...errors.map(describeItem).filter((line) => !error.message.includes(line)));
  }
  if (Array.isArray(supported)) lines.push(`supported: ${supported.join(', ')}`);
  return lines;
}

function describeItem(item: unknown): string {
  if (typeof item === 'string') return item;
  const { path, message } = item as { path?: unknown; message?: unknown };
  return typeof path === 'string' && typeof message === 'string'
    ? `${path}: ${message}`
    : JSON.stringify(item);
}

/** Rows as a table with aligned columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
