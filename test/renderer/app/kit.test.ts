import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const kit = readFileSync(new URL('renderer/app/kit.css', root), 'utf8');
const styled = (name: string) => existsSync(new URL(`node_modules/@mantine/core/styles/${name}.css`, root));

/** Names that any file of the renderer imports from the kit. */
function usedOfKit(): string[] {
  const files = readdirSync(new URL('renderer/', root), { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const source = readFileSync(new URL(`renderer/${file}`, root), 'utf8');
      return [...source.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)].flatMap(([, list = '']) =>
        list.split(',').map((name) => name.trim()),
      );
    });
  return [...new Set(names)];
}

test('kit.css holds the styles of every component of the kit that is used', () => {
  const used = usedOfKit();
  expect(used).toContain('Button');
  expect(used.filter((name) => styled(name) && !kit.includes(`/${name}.css"`))).toEqual([]);
});
