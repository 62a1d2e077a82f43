import { describe, expect, it } from 'vitest';
import { targetNameFor, templateProblem } from '../../main/domain/naming.ts';

describe('naming rule', () => {
  const item = { name: 'api-key', vault: 'kv-prod' };

  it.each([
    ['{name}', 'api-key'],
    ['certifyclouds/{name}', 'certifyclouds/api-key'],
    ['{vault}/{name}', 'kv-prod/api-key'],
    ['myapp-{name}-sync', 'myapp-api-key-sync'],
    ['{name}/{name}', 'api-key/api-key'],
  ])('%s gives %s', (template, name) => {
    expect(templateProblem(template)).toBeUndefined();
    expect(targetNameFor(template, item)).toBe(name);
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['fixed', 'no-name-field'],
    ['{vault}', 'no-name-field'],
    ['{nme}', 'unknown-field'],
    ['{name}-{date}', 'unknown-field'],
    ['{name', 'unbalanced-brace'],
    ['name}', 'unbalanced-brace'],
    ['{name}}', 'unbalanced-brace'],
    ['{}', 'unknown-field'],
    ['{__proto__}{name}', 'unknown-field'],
  ])('%s is refused as %s', (template, code) => {
    expect(templateProblem(template)?.code).toBe(code);
  });

  it('does not read a field out of a name it has just put in', () => {
    expect(targetNameFor('{name}', { name: '{vault}', vault: 'kv-prod' })).toBe('{vault}');
  });
});
