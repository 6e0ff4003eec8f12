/**
 * Figures of runs too long for every day: `stored.json`, with the commit and the day that each is of. A run with
 * `--long` writes them; all others show them.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Origin, Row } from './bench.ts';

const FILE = new URL('stored.json', import.meta.url);

interface StoredFigure extends Origin {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What else the run told, in words. */
  readonly remark?: string;
}

const read = (): StoredFigure[] => JSON.parse(readFileSync(FILE, 'utf8')) as StoredFigure[];

/** The row of a name from its last long run; where there was none, a row without value whose floor does not hold. */
export function storedRow(expected: Pick<Row, 'name' | 'unit' | 'floor' | 'aim'>, command: string): Row {
  const figure = read().find(({ name }) => name === expected.name);
  const bars = { peer: null, ratio: null, floor: expected.floor, aim: expected.aim };
  if (!figure) {
    const stored = { commit: 'never run', date: 'never', command };
    return { name: expected.name, value: Number.NaN, unit: expected.unit, ...bars, ok: false, stored };
  }
  const { name, value, unit, commit, date } = figure;
  const ok = expected.floor === null || value <= expected.floor;
  return { name, value, unit, ...bars, ok, stored: { commit, date, command: figure.command } };
}

/** Keeps the figure of a long run for later ones. */
export function store({ name, value, unit }: Row, command: string, remark: string): void {
  const git = ['describe', '--always', '--dirty=, with changes', '--abbrev=7', '--exclude=*'];
  const commit = execFileSync('git', git, { cwd: new URL('.', FILE), encoding: 'utf8' }).trim();
  const figure: StoredFigure = {
    name,
    value,
    unit,
    commit,
    date: new Date().toISOString().slice(0, 10),
    command,
    remark,
  };
  const figures = [...read().filter((other) => other.name !== name), figure];
  figures.sort((a, b) => (a.name < b.name ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(figures, null, 2)}\n`);
}
