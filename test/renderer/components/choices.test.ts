import { expect, test } from 'vitest';
import { deletionChoicesFor, deletionWords, keepableDeletion, labelOf } from '../../../renderer/components/choices.ts';

const values = (...targets: Parameters<typeof deletionChoicesFor>[0]) =>
  deletionChoicesFor(targets).map(({ value }) => value);

test('a deletion is only followed where every target can take it back', () => {
  expect(values('secretsmanager')).toEqual(['default', 'keep', 'follow']);
  expect(values('secretmanager', 'secretsmanager')).toEqual(['default', 'keep', 'follow']);
  expect(values('acm')).toEqual(['default', 'keep']);
  expect(values('secretsmanager', 'parameterstore')).toEqual(['default', 'keep']);
});

test('what following means is said of the service, or why it is not offered', () => {
  expect(deletionWords(['secretsmanager'])).toContain('30 days');
  expect(deletionWords(['secretmanager'])).toContain('disabled, not destroyed');
  expect(deletionWords(['secretmanager', 'acm'])).toContain('can’t be taken back');
});

test('a service keeps every policy that is offered for it, and only following is not taken along to one that can’t', () => {
  for (const service of ['secretsmanager', 'parameterstore', 'acm'] as const)
    for (const { value } of deletionChoicesFor([service])) expect(keepableDeletion(service, value)).toBe(value);
  expect(keepableDeletion('acm', 'follow')).toBe('default');
});

test('a choice is told in its words, one that is not offered in none', () => {
  expect(labelOf(deletionChoicesFor(['acm']), 'keep')).toBe('Keep the copy');
  expect(labelOf(deletionChoicesFor(['acm']), 'follow')).toBeUndefined();
});
