import { z } from 'zod';

/** One line of prose: no control characters, so it can stand in a log line or a mail without breaking it. */
export const line = (maxLength: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'one line, no control characters');

/** Text that a person typed, or that a library printed. Shown, never interpreted; may have several lines. */
export const FreeText = z.string().min(1).max(4000);

/** A command line that the reader can paste into a shell. Back quotes would end the code block it is shown in. */
export const ShellCommand = z
  .string()
  .min(1)
  .max(600)
  .regex(/^[^`\p{Cc}\p{Zl}\p{Zp}]*$/u, 'one line, without control characters and back quotes');
