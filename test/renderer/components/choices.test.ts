import { expect, test } from 'vitest';
import { deletionChoicesFor, deletionWords } from '../../../renderer/components/choices.ts';

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
