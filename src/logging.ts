/**
 * Structured logs: JSON lines on standard error, so that standard output stays for answers. Tokens and
 * passwords are never logged.
 */
import { destination, type Logger, pino } from 'pino';

export function makeLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: ['req.headers.authorization', '*.password', '*.token'],
    },
    destination({ dest: 2, sync: true }),
  );
}
