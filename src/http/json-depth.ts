/**
 * How deep a JSON text nests, told before it is parsed: parsed deep nesting overflows the stack of whoever
 * walks it. Must never judge anything else; whether the text is JSON is the parser's matter.
 */
import { FabricError } from '../errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** @throws FabricError `request-invalid` with the place of the first bracket that is too deep */
export function checkJsonDepth(text: string, depthMax: number): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) index++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMax) throw tooDeep(text, index, depthMax);
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
}

function tooDeep(text: string, offset: number, depthMax: number): FabricError {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return new FabricError(
    'request-invalid',
    `JSON nests deeper than ${depthMax} levels at line ${line}, column ${column} (server.jsonDepthMax)`,
    { location: { line, column }, extensions: { depthMax, setting: 'server.jsonDepthMax' } },
  );
}
