/** A word of a command to copy. Only what cannot mean anything to a shell stays as it is; everything else is quoted. */
export function shell(word: string): string {
  return /^[\w@:./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
