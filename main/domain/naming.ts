/** The fields a naming template may use. */
const namingFields = ['name', 'vault'] as const;

interface NamingProblem {
  readonly code: 'unknown-field' | 'no-name-field' | 'unbalanced-brace' | 'empty';
  readonly sentence: string;
}

/**
 * Checks a naming template such as `certifyclouds/{name}`. A template without `{name}` would give every secret the same
 * target, so it is refused.
 * @returns the first problem, or undefined
 */
export function templateProblem(template: string): NamingProblem | undefined {
  if (template.trim() === '')
    return { code: 'empty', sentence: 'Type a naming rule, for example certifyclouds/{name}.' };
  const withoutFields = template.replace(/\{[^{}]*\}/g, '');
  if (/[{}]/.test(withoutFields)) {
    return { code: 'unbalanced-brace', sentence: 'A brace is not closed. Fields are written {name} and {vault}.' };
  }
  for (const [, field = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (!(namingFields as readonly string[]).includes(field)) {
      return { code: 'unknown-field', sentence: `There is no field {${field}}. Use {name} and {vault}.` };
    }
  }
  if (!template.includes('{name}')) {
    return {
      code: 'no-name-field',
      sentence: 'The rule must contain {name}, or every secret would get the same target.',
    };
  }
  return undefined;
}

/** The target name a template gives for a source item. The template must have passed `templateProblem`. */
export function targetNameFor(template: string, item: { readonly name: string; readonly vault: string }): string {
  return template.replace(/\{(name|vault)\}/g, (_, field: string) => (field === 'name' ? item.name : item.vault));
}
