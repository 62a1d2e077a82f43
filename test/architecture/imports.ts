import { type Node, parseSync, Visitor } from 'oxc-parser';

/** A source file: its path from the checkout's folder, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

export interface Import {
  /** As written: './plan.ts', 'node:fs', 'zod'. */
  readonly specifier: string;
  /** static: loaded with the file; dynamic: when it runs, as is a `require`; type: never, the compiler drops it. */
  readonly kind: 'static' | 'dynamic' | 'type';
}

export interface Parsed {
  readonly imports: readonly Import[];
  /** What loads something that can't be told from the text, or sees to it that it can't. */
  readonly opaque: readonly string[];
  /** Ways to the outside, the time and chance that need no import: `fetch`, `process`, `new Date()`, `Math.random`. */
  readonly ambient: ReadonlySet<string>;
  /** Every name and every string in it. */
  readonly mentions: ReadonlySet<string>;
}

/** Everything that a file loads, in whatever way. @throws {Error} when it can't be parsed */
export function parse({ path, source }: SourceFile): Parsed {
  const { program, errors } = parseSync(path, source);
  const [error] = errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  const imports: Import[] = [];
  const opaque: string[] = [];
  const ambient = new Set<string>();
  const mentions = new Set<string>();

  /** @param literal the node that should be a plain string */
  const add = (literal: Node | null | undefined, kind: Import['kind'], otherwise: string) => {
    if (literal?.type === 'Literal' && typeof literal.value === 'string')
      imports.push({ specifier: literal.value, kind });
    else if (literal?.type === 'TemplateLiteral' && literal.expressions.length === 0)
      imports.push({ specifier: literal.quasis.map((quasi) => quasi.value.cooked).join(''), kind });
    else opaque.push(otherwise);
  };

  const identifiers: { readonly name: string }[] = [];
  const keys = new Set<object>();
  const keep = ({ key, computed }: { readonly key: object; readonly computed?: boolean }) => {
    if (!computed) keys.add(key);
  };

  new Visitor({
    ImportDeclaration(node) {
      const types = node.importKind === 'type' || isAllTypes(node.specifiers, 'importKind');
      add(node.source, types ? 'type' : 'static', 'import');
      for (const specifier of node.specifiers)
        if (specifier.type === 'ImportSpecifier' && specifier.imported.type === 'Identifier')
          if (specifier.imported.name === 'createRequire') opaque.push('createRequire');
    },
    ExportNamedDeclaration(node) {
      if (!node.source) return;
      const types = node.exportKind === 'type' || isAllTypes(node.specifiers, 'exportKind');
      add(node.source, types ? 'type' : 'static', 'export');
    },
    ExportAllDeclaration(node) {
      add(node.source, node.exportKind === 'type' ? 'type' : 'static', 'export');
    },
    ImportExpression(node) {
      add(node.source, 'dynamic', 'import(…)');
    },
    TSImportType(node) {
      add(node.source, 'type', 'import type');
    },
    TSExternalModuleReference(node) {
      add(node.expression, 'static', 'require(…)');
    },
    CallExpression({ callee, arguments: [argument] }) {
      const name = calleeName(callee);
      if (name === 'require' || name === 'require.resolve' || name === 'module.require')
        add(argument, 'dynamic', 'require(…)');
      if (name === 'import.meta.glob') opaque.push(name);
      if (name === 'process.getBuiltinModule') add(argument, 'dynamic', name);
      if (name === 'eval' || name === 'Function') opaque.push(name);
      if (name === 'Date') ambient.add('Date()');
    },
    NewExpression({ callee, arguments: args }) {
      const name = calleeName(callee);
      if (name === 'Function') opaque.push('new Function');
      if (name === 'Date' && args.length === 0) ambient.add('new Date()');
    },
    MemberExpression(node) {
      const name = calleeName(node);
      if (name === 'Date.now' || name === 'Math.random') ambient.add(name);
      if (!node.computed) keys.add(node.property);
    },
    Property: keep,
    PropertyDefinition: keep,
    MethodDefinition: keep,
    TSPropertySignature: keep,
    TSMethodSignature: keep,
    Literal({ value }) {
      if (typeof value === 'string') mentions.add(value);
    },
    Identifier(node) {
      identifiers.push(node);
      mentions.add(node.name);
    },
  }).visit(program);
  for (const node of identifiers) if (ambientNames.has(node.name) && !keys.has(node)) ambient.add(node.name);
  return { imports, opaque, ambient, mentions };
}

const ambientNames = new Set([
  'fetch',
  'process',
  'console',
  'globalThis',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
]);

/** Whether an import of names, each with its own `type`, brings in types only; an empty one is run for its effect. */
function isAllTypes(specifiers: readonly object[], field: 'importKind' | 'exportKind'): boolean {
  return specifiers.length > 0 && specifiers.every((specifier) => Reflect.get(specifier, field) === 'type');
}

/** `a.b` for such an expression, and nothing for one that is computed. */
function calleeName(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'MetaProperty':
      return 'import.meta';
    case 'MemberExpression':
      return node.property.type === 'Identifier' && !node.computed
        ? `${calleeName(node.object)}.${node.property.name}`
        : '';
    default:
      return '';
  }
}
