/**
 * String templates (RML-Core, "Template"): text with references in braces, backslash escapes undone.
 */

/** A template taken apart: `texts[0] references[0] texts[1] ... texts[n]`. */
export interface Template {
  readonly texts: readonly string[];
  readonly references: readonly string[];
}

/**
 * Takes a template apart. `\{`, `\}` and `\\` stand for the character itself, inside a reference too.
 *
 * @returns the template, or what is wrong with it and at which character (from 0)
 */
export function parseTemplate(text: string): Template | { readonly problem: string; readonly at: number } {
  const texts: string[] = [];
  const references: string[] = [];
  let part = '';
  let open = -1;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\\') {
      const escaped = text[i + 1];
      if (escaped !== '{' && escaped !== '}' && escaped !== '\\') {
        return { problem: 'a backslash escapes neither a brace nor a backslash', at: i };
      }
      part += escaped;
      i++;
    } else if (character === '{') {
      if (open >= 0)
        return { problem: 'a brace opens inside a reference; write \\{ for the character', at: i };
      texts.push(part);
      part = '';
      open = i;
    } else if (character === '}') {
      if (open < 0)
        return { problem: 'a brace closes that was not opened; write \\} for the character', at: i };
      if (part === '') return { problem: 'a reference is empty', at: open };
      references.push(part);
      part = '';
      open = -1;
    } else {
      part += character;
    }
  }
  if (open >= 0) return { problem: 'a brace is not closed', at: open };
  texts.push(part);
  return { texts, references };
}
