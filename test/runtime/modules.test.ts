import { expect, it } from 'vitest';
import { fits } from './modules.mjs';

const lock = {
  packages: {
    '': {},
    'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
    'node_modules/only-on-windows': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  },
};
const zod = lock.packages['node_modules/zod'];

it.each([
  ['is the same', { 'node_modules/zod': zod }, true],
  ['lacks a package', {}, false],
  ['has another version', { 'node_modules/zod': { ...zod, version: '3.0.0' } }, false],
  ['has another content', { 'node_modules/zod': { ...zod, integrity: 'sha512-c' } }, false],
  ['has a package that the lock lacks', { 'node_modules/zod': zod, 'node_modules/x': zod }, false],
])('node_modules that %s: fits is %s', (_what, packages, expected) => {
  expect(fits({ packages }, lock)).toBe(expected);
});
