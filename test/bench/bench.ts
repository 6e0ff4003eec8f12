/** What a topic is: rows of figures, each with the bar that it has to clear. */

export interface Row {
  /** First cell of the line, short and stable. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Value of the peer on the same data; null where there is none or it did not run. */
  readonly peer: number | null;
  /** How many times better ours is than the peer's. */
  readonly ratio: number | null;
  readonly floor: number | null;
  readonly aim: number | null;
  /** Floor and aim of the ratio, where the bar is set against the peer. */
  readonly ratioFloor?: number;
  readonly ratioAim?: number;
  /** Whether the floors hold. */
  readonly ok: boolean;
  /** Where the figure is from, when it is not of this run. */
  readonly stored?: Origin;
}

/** Which run a figure is of. */
export interface Origin {
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  /** What to run for another. */
  readonly command: string;
}

export interface BenchOptions {
  /** Infrastructure elements; absent: each size of the topic. */
  readonly size: number | undefined;
  readonly seed: number;
  /** Whether runs of many minutes are wanted. */
  readonly long: boolean;
  /** Whether to run the peers too. */
  readonly peers: boolean;
  /** Whether a row of this name is wanted. */
  readonly wants: (name: string) => boolean;
  readonly note: (text: string) => void;
}

export interface Topic {
  readonly name: string;
  readonly sizes: readonly number[];
  /** What `--long` adds; 50 000 unless the topic says otherwise. */
  readonly longSizes?: readonly number[];
  /** Where none is given; 1 unless the topic says otherwise. */
  readonly seed?: number;
  /** Yields a row as soon as it is known. */
  run(size: number, options: BenchOptions): AsyncIterable<Row>;
}

interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly peer?: number | undefined;
  readonly floor?: number | undefined;
  readonly aim?: number | undefined;
  /** Floor and aim of the ratio; the floor does not hold where the peer did not run. */
  readonly ratioFloor?: number | undefined;
  readonly ratioAim?: number | undefined;
}

export function row({ name, value, unit, better, peer, floor, aim, ratioFloor, ratioAim }: Measured): Row {
  const ratio = peer === undefined ? null : better === 'higher' ? value / peer : peer / value;
  const holds =
    (floor === undefined || (better === 'higher' ? value >= floor : value <= floor)) &&
    (ratioFloor === undefined || (ratio !== null && ratio >= ratioFloor));
  return {
    name,
    value: rounded(value),
    unit,
    peer: peer === undefined ? null : rounded(peer),
    ratio: ratio === null ? null : rounded(ratio),
    floor: floor ?? null,
    aim: aim ?? null,
    ...(ratioFloor === undefined ? {} : { ratioFloor }),
    ...(ratioAim === undefined ? {} : { ratioAim }),
    ok: holds,
  };
}

/** Three significant digits. */
export const rounded = (value: number): number => Number(value.toPrecision(3));

/** The value below which `share` (0..1) of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** Milliseconds of each of `times` runs, after a warm-up that is not counted. */
export async function timed(
  times: number,
  warmUp: number,
  work: (turn: number) => unknown,
): Promise<number[]> {
  const results: number[] = [];
  for (let turn = -warmUp; turn < times; turn++) {
    const start = performance.now();
    await work(turn);
    if (turn >= 0) results.push(performance.now() - start);
  }
  return results;
}

/** `1 000`, as the names of rows have it. */
export const spaced = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
