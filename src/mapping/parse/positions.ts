/**
 * Where a mapping says what: line and column of each subject and predicate in a Turtle text.
 *
 * The parser gives no positions, so the tokens are walked a second time, only when a refusal needs a place.
 * Never a source of meaning: a position that cannot be found is simply absent.
 */
import type { Token as LexerToken } from 'n3';
import { Lexer } from '../../rdf/n3.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Positions {
  /** Where `subject` is first described, or where it states `predicate`. Both as the text has them. */
  find(subject: string, predicate?: string): Position | undefined;
}

/** What the lexer gives at run time; its published type knows no columns. */
interface Token extends LexerToken {
  readonly value: string;
  readonly prefix: string;
  /** Column of the first character, from 0. */
  readonly start: number;
}

/** A subject that is being described: its key, and the token type that ends its description. */
interface Frame {
  readonly key: string;
  expects: 'predicate' | 'object';
  readonly list: boolean;
}

/**
 * Indexes a text that is well-formed Turtle.
 *
 * @param anonymous  keys of the blank nodes without a label, in the order in which the parser made them
 */
export function indexPositions(text: string, base: string, anonymous: readonly string[]): Positions {
  const index = new Map<string, Position>();
  const note = (key: string, token: Token): void => {
    if (!index.has(key)) index.set(key, { line: token.line, column: token.start + 1 });
  };
  new Walk(anonymous, base, note).run(new Lexer().tokenize(text) as Token[]);
  return {
    find: (subject, predicate) =>
      predicate === undefined
        ? index.get(subject)
        : (index.get(`${subject} ${predicate}`) ?? index.get(subject)),
  };
}

/** The state of one walk over the tokens: base, prefixes, and the stack of open descriptions. */
class Walk {
  readonly #anonymous: readonly string[];
  readonly #note: (key: string, token: Token) => void;
  readonly #prefixes = new Map<string, string>();
  readonly #stack: Frame[] = [];
  #base: string;
  #made = 0;

  constructor(anonymous: readonly string[], base: string, note: (key: string, token: Token) => void) {
    this.#anonymous = anonymous;
    this.#base = base;
    this.#note = note;
  }

  run(tokens: readonly Token[]): void {
    for (let i = 0; i < tokens.length; i++) i = this.#step(tokens, i);
  }

  /** Takes the token at `i`; returns the position of the last token that it used. */
  #step(tokens: readonly Token[], i: number): number {
    const token = tokens[i]!;
    const frame = this.#stack.at(-1);
    switch (token.type) {
      case '@prefix':
      case 'PREFIX':
        this.#prefixes.set(tokens[i + 1]?.value ?? '', this.#resolve(tokens[i + 2]?.value ?? ''));
        return token.type === 'PREFIX' ? i + 2 : i + 3;
      case '@base':
      case 'BASE':
        this.#base = this.#resolve(tokens[i + 1]?.value ?? '');
        return token.type === 'BASE' ? i + 1 : i + 2;
      case '.':
        this.#stack.length = 0;
        return i;
      case ';':
        if (frame) frame.expects = 'predicate';
        return i;
      case '[':
      case '(':
        this.#open(token);
        return i;
      case ']':
      case ')':
        this.#close();
        return i;
      case 'IRI':
      case 'prefixed':
      case 'blank':
      case 'abbreviation':
      case 'literal':
        this.#name(token, frame);
        return i;
      default:
        return i;
    }
  }

  #open(token: Token): void {
    const parent = this.#stack.at(-1);
    if (parent?.list === true) this.#fresh(); // the cell of the list
    const list = token.type === '(';
    const key = list ? '' : this.#fresh();
    if (!list) this.#note(key, token);
    this.#stack.push({ key, expects: 'predicate', list });
  }

  #close(): void {
    const closed = this.#stack.pop();
    // A closed node at the outermost level is a subject: what follows are its predicates.
    if (closed && this.#stack.length === 0)
      this.#stack.push({ key: closed.key, expects: 'predicate', list: false });
  }

  #name(token: Token, frame: Frame | undefined): void {
    if (frame === undefined) {
      const key = this.#key(token);
      this.#note(key, token);
      this.#stack.push({ key, expects: 'predicate', list: false });
    } else if (frame.list) {
      this.#fresh();
    } else if (frame.expects === 'predicate') {
      this.#note(`${frame.key} ${this.#key(token)}`, token);
      frame.expects = 'object';
    }
  }

  #fresh(): string {
    return this.#anonymous[this.#made++] ?? '';
  }

  #key(token: Token): string {
    if (token.type === 'IRI') return this.#resolve(token.value);
    if (token.type === 'abbreviation') return 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
    if (token.type === 'blank') return `_:${token.value}`;
    return (this.#prefixes.get(token.prefix) ?? '') + token.value;
  }

  #resolve(iri: string): string {
    if (/^[a-z][a-z0-9+.-]*:/i.test(iri)) return iri;
    return URL.canParse(iri, this.#base) ? new URL(iri, this.#base).href : iri;
  }
}

const MAY_HAVE_BASE = /@base|\bbase\b/i;

/** The base IRI that a Turtle text declares first, if any. */
export function declaredBase(text: string): string | undefined {
  if (!MAY_HAVE_BASE.test(text)) return undefined; // most texts need no second walk
  const tokens = new Lexer().tokenize(text) as Token[];
  const at = tokens.findIndex((token) => token.type === '@base' || token.type === 'BASE');
  return at < 0 ? undefined : tokens[at + 1]?.value;
}
