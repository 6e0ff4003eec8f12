/**
 * NDJSON: one JSON document a line, each read by JSONPath; the iterator starts at the document of a line.
 *
 * A line that is no JSON is one problem; the lines after it are read.
 */
import type { Formulation, Part } from './formulation.ts';
import { jsonPath, readJson } from './json-path.ts';
import { linesOf } from './lines.ts';
import { textOfSource } from './text.ts';

export const ndjson: Formulation = {
  ...jsonPath,
  name: 'NDJSON',
  async *documents(data) {
    let line = 0;
    for await (const lines of linesOf(textOfSource(data))) {
      const parts: Part[] = [];
      for (const text of lines) {
        line++;
        if (text.trim() === '') continue;
        const part = readJson(text, line, false);
        parts.push('problem' in part ? { ...part, line } : part);
      }
      yield parts;
    }
  },
};
