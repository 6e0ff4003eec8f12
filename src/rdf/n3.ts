/**
 * The lexer and the parser of n3 without the rest of it: its index loads streams, a store and a reasoner, which
 * costs more time than reading a mapping does.
 */
import type { Lexer as N3Lexer, Parser as N3Parser } from 'n3';
import lexer from 'n3/lib/N3Lexer.js';
import parser from 'n3/lib/N3Parser.js';

export const Lexer: typeof N3Lexer = lexer.default;
export const Parser: typeof N3Parser = parser.default;
