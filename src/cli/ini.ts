/**
 * INI files in the dialect of Python's configparser with extended interpolation: `key: value` or `key = value`,
 * lines that go on, `${key}` and `${section:key}`, a section DEFAULT that all others see.
 */
import { FabricError } from '../errors.ts';

export interface IniEntry {
  /** With references to other keys replaced. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** Whether it comes from the section DEFAULT. */
  readonly inherited: boolean;
}

/** Entries by key (in lower case) by section, without the section DEFAULT. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, IniEntry>>;

interface Raw {
  readonly line: number;
  readonly lines: string[];
}
type Sections = Map<string, Map<string, Raw>>;

const DEFAULT = 'DEFAULT';

/** @throws FabricError `config-invalid` with the line */
export function parseIni(text: string, source: string): Ini {
  const sections = readSections(text, source);
  const defaults = sections.get(DEFAULT) ?? new Map<string, Raw>();
  const found = new Map<string, ReadonlyMap<string, IniEntry>>();
  for (const [name, own] of sections) {
    if (name === DEFAULT) continue;
    const entries = new Map<string, IniEntry>();
    for (const [key, raw] of [...defaults, ...own]) {
      const value = expand(textOf(raw), { section: name, line: raw.line, depth: 0 }, sections, source);
      entries.set(key, { value, line: raw.line, inherited: !own.has(key) });
    }
    found.set(name, entries);
  }
  return found;
}

const textOf = ({ lines }: Raw): string => lines.join('\n').trim();

function readSections(text: string, source: string): Sections {
  const sections: Sections = new Map();
  let section: Map<string, Raw> | undefined;
  let last: Raw | undefined;
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((written, index) => {
      const line = index + 1;
      const trimmed = written.trim();
      if (trimmed === '' || /^[#;]/.test(trimmed)) return;
      if (/^\s/.test(written) && last !== undefined) {
        last.lines.push(trimmed);
        return;
      }
      const head = /^\[([^\]]+)\]$/.exec(trimmed)?.[1];
      if (head !== undefined) {
        if (sections.has(head)) refuse(source, line, `names section [${head}] a second time`);
        section = new Map();
        sections.set(head, section);
        last = undefined;
        return;
      }
      const entry = /^([^:=]+?)\s*[:=]\s*(.*)$/.exec(trimmed);
      if (entry === null)
        refuse(source, line, `has "${trimmed}", which is neither a section nor a key with a value`);
      if (section === undefined) refuse(source, line, 'has a key before the first section');
      const [, key = '', value = ''] = entry;
      if (section.has(key.toLowerCase())) refuse(source, line, `has ${key} a second time in its section`);
      last = { line, lines: [value] };
      section.set(key.toLowerCase(), last);
    });
  return sections;
}

interface Where {
  readonly section: string;
  readonly line: number;
  readonly depth: number;
}

/** As configparser bounds it. */
const DEPTH_MAX = 10;

function expand(text: string, where: Where, sections: Sections, source: string): string {
  if (where.depth > DEPTH_MAX) refuse(source, where.line, 'has references that refer to one another');
  return text.replace(/\$(\$|\{([^}]*)\})/g, (whole, escaped: string, name: string | undefined) => {
    if (escaped === '$') return '$';
    if (name === undefined) return whole;
    const at = name.indexOf(':');
    const section = at < 0 ? where.section : name.slice(0, at);
    const key = (at < 0 ? name : name.slice(at + 1)).toLowerCase();
    const raw = sections.get(section)?.get(key) ?? sections.get(DEFAULT)?.get(key);
    if (raw === undefined) return refuse(source, where.line, `refers to \${${name}}, which is not set`);
    return expand(textOf(raw), { section, line: where.line, depth: where.depth + 1 }, sections, source);
  });
}

function refuse(source: string, line: number, problem: string): never {
  throw new FabricError('config-invalid', `Configuration ${source}, line ${line}, ${problem}`, {
    location: { source, line },
  });
}
