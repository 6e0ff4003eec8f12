/** Reads a Dockerfile: instructions by stage, as far as the tests ask. */
import assert from 'node:assert/strict';

export interface Instruction {
  /** Upper-case. */
  readonly name: string;
  /** The rest of the logical line. */
  readonly text: string;
}

export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** `ARG`s before the first stage, with their defaults. */
  readonly args: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

const KNOWN = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

export function parseDockerfile(source: string): Dockerfile {
  const args = new Map<string, string>();
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(source)) {
    if (instruction.name === 'FROM') {
      const [, base, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.text) ?? [];
      assert.ok(base !== undefined, `FROM ${instruction.text}`);
      stages.push({
        base: base.replace(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? ''),
        name,
        instructions: [],
      });
    } else if (stages.length === 0) {
      assert.equal(instruction.name, 'ARG', 'only ARG may stand before FROM');
      const [name = '', value = ''] = instruction.text.split('=', 2);
      args.set(name, value);
    } else {
      stages.at(-1)!.instructions.push(instruction);
    }
  }
  return { args, stages };
}

/** The words of an instruction in exec form. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  assert.ok(
    Array.isArray(words) && words.every((word) => typeof word === 'string'),
    `${text} is no exec form`,
  );
  return words;
}

/** `NAME=value` pairs of ENV and LABEL. */
export function pairs(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)];
  return new Map(found.map(([, name, quoted, plain]) => [name!, quoted ?? plain ?? '']));
}

function instructionsOf(source: string): Instruction[] {
  const lines = source
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, name = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    assert.ok(KNOWN.has(name.toUpperCase()), `"${line}" is no instruction`);
    return { name: name.toUpperCase(), text: text.trim() };
  });
}
