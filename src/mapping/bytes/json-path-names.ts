/**
 * JSONPaths that are chains of member names, the ones that a projection can follow; `reference/json-path.ts`
 * reads all the others.
 */

const NAME = /[\p{L}_@\u{80}-\u{10FFFF}][\p{L}\p{N}_@\u{80}-\u{10FFFF}-]*/uy;
const BRACKET = /\[\s*(?:'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)")\s*\]/uy;
const PLAIN_NAME = /[^.[\]*?'"]+/uy;

/** The names of a path, outermost first; undefined when it needs more than names. */
export function jsonPathNames(path: string): readonly string[] | undefined {
  const isRooted = path.startsWith('$');
  const name = isRooted ? NAME : PLAIN_NAME;
  const names: string[] = [];
  let at = isRooted ? 1 : 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < path.length) {
    const isFirst = !isRooted && at === 0;
    const bracket = take(BRACKET)?.groups;
    if (bracket !== undefined) {
      names.push(bracket['single'] ?? bracket['double']!);
      continue;
    }
    if (!isFirst && path[at++] !== '.') return undefined;
    const match = take(name);
    if (match === null) return undefined;
    names.push(match[0]);
  }
  return names;
}

/** Where the records of a document stand: members by name, then each item of what is there. */
export interface RecordPath {
  readonly names: readonly string[];
  readonly isEach: boolean;
}

/** The path of an iterator; undefined when a stream cannot follow it. */
export function jsonRecordPath(iterator: string | undefined): RecordPath | undefined {
  if (iterator === undefined || iterator === '$') return { names: [], isEach: false };
  const isEach = /(?:\[\s*\*\s*\]|\.\*)$/.test(iterator);
  const names = jsonPathNames(isEach ? iterator.replace(/(?:\[\s*\*\s*\]|\.\*)$/, '') : iterator);
  return names === undefined ? undefined : { names, isEach };
}
