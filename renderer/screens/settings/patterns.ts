/** One pattern as it is typed. The id stays while it is edited, so that the focus does. */
export interface TypedPattern {
  readonly id: number;
  readonly text: string;
}

export function typedPatterns(patterns: readonly string[]): TypedPattern[] {
  return patterns.map((text, id) => ({ id, text }));
}

/** One more at the end, empty. */
export function withPattern(typed: readonly TypedPattern[]): TypedPattern[] {
  return [...typed, { id: Math.max(-1, ...typed.map(({ id }) => id)) + 1, text: '' }];
}

/** What would be saved: each once, without those where nothing is typed. */
export function patternsOf(typed: readonly TypedPattern[]): string[] {
  return [...new Set(typed.map(({ text }) => text.trim()))].filter((text) => text !== '');
}
