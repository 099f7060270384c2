/** The dependency rules of the code, read off its imports. A broken one is named as file, what it uses, and why not. */
import { readFileSync, readdirSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

/** Which layers each layer may import. `root` are the few files beside the layers, such as `errors.ts`. */
const mayImport: Record<string, readonly string[]> = {
  protocol: ['protocol'],
  wire: ['wire', 'protocol'],
  replay: ['replay', 'wire', 'protocol'],
  conformance: ['conformance', 'wire', 'protocol'],
  report: ['report', 'replay', 'conformance', 'wire', 'protocol'],
  net: ['net', 'report', 'replay', 'conformance', 'wire', 'protocol', 'root'],
  recording: ['recording', 'report', 'replay', 'conformance', 'wire', 'protocol', 'root'],
  tui: ['tui', 'report', 'replay', 'conformance', 'wire', 'protocol', 'root'],
  commands: [
    ...['commands', 'net', 'recording', 'tui'],
    ...['report', 'replay', 'conformance', 'wire', 'protocol', 'root'],
  ],
  'cli.ts': ['commands', 'root'],
  'index.ts': ['net', 'recording', 'tui', 'report', 'replay', 'conformance', 'wire', 'protocol', 'root'],
  root: ['root'],
}

const core = ['protocol', 'wire', 'replay', 'conformance', 'report']

/** What only some places may import, and why. A place is a folder, or a file. */
const reserved: { modules: RegExp; places: readonly string[]; why: string }[] = [
  {
    modules: /^node:(net|tls|dns|dgram|http|https|http2)(\/|$)/,
    places: ['src/net/'],
    why: 'sockets are touched in net alone',
  },
  {
    modules: /^node:fs(\/|$)/,
    places: ['src/recording/', 'src/net/certificate.ts'],
    why: 'files are touched in recording alone, but for the certificates that net reads',
  },
  {
    modules: /^blessed$/,
    places: ['src/tui/blessed-screen.ts'],
    why: 'blessed is known to tui/blessed-screen.ts alone',
  },
  {
    modules: /^get-east-asian-width$/,
    places: ['src/tui/text.ts'],
    why: 'how wide a character is, text.ts alone decides',
  },
  {
    modules: /^commander$/,
    places: ['src/commands/', 'src/cli.ts'],
    why: 'commander is known to commands and cli.ts alone',
  },
]

/** The modules that the core may use: they compute, and touch nothing. */
const pure = new Set(['node:buffer', 'node:crypto', 'node:zlib'])

/** What makes a result depend on more than the octets. */
const impure = new Set([
  ...['Date', 'performance', 'process', 'console', 'fetch', 'WebSocket'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
])

const processPlaces = [
  ...['src/commands/', 'src/cli.ts'],
  'src/recording/source.ts', // stdin is a recording like any file
  'src/net/listen.ts', // how many descriptors the process may hold bounds how many connections are taken
]

interface Source {
  /** As in `src/wire/log.ts`. */
  file: string
  layer: string
  imports: readonly string[]
  /** Names of globals it uses, members of `Math` and `crypto` as `Math.random`. */
  globals: readonly string[]
  hasDefaultExport: boolean
  reexports: boolean
}

function layerOf(file: string): string {
  const [, first = '', second] = file.split('/')
  if (second !== undefined) return first
  return first in mayImport ? first : 'root'
}

function parse(file: string, text: string): Source {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  const imports: string[] = []
  const globals: string[] = []
  let hasDefaultExport = false
  let reexports = false
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const { moduleSpecifier } = node
      if (moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier))
        imports.push(moduleSpecifier.text)
      if (ts.isExportDeclaration(node) && moduleSpecifier !== undefined) reexports = true
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      imports.push(argument !== undefined && ts.isStringLiteral(argument) ? argument.text : 'a computed name')
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      imports.push((node.argument.literal as ts.StringLiteral).text)
    }
    if (ts.isExportAssignment(node)) hasDefaultExport = true
    if (ts.isExportSpecifier(node) && node.name.text === 'default') hasDefaultExport = true
    if (
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(m => m.kind === ts.SyntaxKind.DefaultKeyword)
    ) {
      hasDefaultExport = true
    }
    if (ts.isIdentifier(node) && isReference(node)) globals.push(memberName(node))
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { file, layer: layerOf(file), imports, globals, hasDefaultExport, reexports }
}

/** True for a name that is read, not one that is declared, a key or a member. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false
  return !('name' in parent) || parent.name !== node
}

function memberName(node: ts.Identifier): string {
  const { parent } = node
  return ts.isPropertyAccessExpression(parent) && node.text === 'Math'
    ? `Math.${parent.name.text}`
    : node.text
}

const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  .map(name => `src/${name.replaceAll('\\', '/')}`)
  .filter(file => file.endsWith('.ts'))
  .sort()
  .map(file => parse(file, readFileSync(new URL(file, root), 'utf8')))

function isIn(file: string, places: readonly string[]): boolean {
  return places.some(place => (place.endsWith('/') ? file.startsWith(place) : file === place))
}

/** The file behind a relative import. */
function targetOf(file: string, specifier: string): string {
  return new URL(specifier, new URL(file, root)).href.slice(root.href.length)
}

describe('architecture', () => {
  it('knows every folder of src', () => {
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter(({ layer }) => !(layer in mayImport)).map(({ file }) => file)).toEqual([])
  })

  it('sees every form of import, and which names are globals', () => {
    const source = parse(
      'src/wire/example.ts',
      `import a, { type B } from './a.ts'
      import type { C } from '../net/c.ts'
      export { d } from 'd'
      export * from 'e'
      export default function f(g: import('g').G, Date: number) {
        return [import('h'), Math.random(), process.exit, o.console, { setTimeout: 1 }]
      }`,
    )
    expect(source.imports).toEqual(['./a.ts', '../net/c.ts', 'd', 'e', 'g', 'h'])
    expect(source.globals).toEqual(expect.arrayContaining(['Math.random', 'process']))
    expect(source.globals).not.toContain('console')
    expect(source.globals).not.toContain('setTimeout')
    expect([source.layer, source.hasDefaultExport, source.reexports]).toEqual(['wire', true, true])
    expect(parse('src/cli.ts', 'export { a as default }').hasDefaultExport).toBe(true)
    expect(parse('src/cli.ts', 'export default 1').hasDefaultExport).toBe(true)
  })

  it('lets no layer import another that it must not know', () => {
    const broken = sources.flatMap(({ file, layer, imports }) =>
      imports
        .filter(specifier => specifier.startsWith('.'))
        .map(specifier => targetOf(file, specifier))
        .filter(target => !mayImport[layer]?.includes(layerOf(target)))
        .map(
          target => `${file}: ${target} (${layer} may import ${mayImport[layer]?.join(', ') ?? 'nothing'})`,
        ),
    )
    expect(broken).toEqual([])
  })

  it('keeps sockets, files and packages where they belong', () => {
    const broken = sources.flatMap(({ file, imports }) =>
      imports.flatMap(specifier =>
        reserved
          .filter(({ modules, places }) => modules.test(specifier) && !isIn(file, places))
          .map(({ why }) => `${file}: ${specifier} (${why})`),
      ),
    )
    expect(broken).toEqual([])
  })

  it('keeps the core free of everything but its input', () => {
    const broken = sources
      .filter(({ layer }) => core.includes(layer))
      .flatMap(({ file, imports, globals }) => [
        ...imports
          .filter(specifier => !specifier.startsWith('.') && !pure.has(specifier))
          .map(specifier => `${file}: ${specifier} (the core uses only ${[...pure].join(', ')})`),
        ...globals
          .filter(name => impure.has(name) || name === 'Math.random' || name.startsWith('random'))
          .map(
            name =>
              `${file}: ${name} (the core has no clock, randomness, timer or console: it is given what it needs)`,
          ),
      ])
    expect(broken).toEqual([])
  })

  it('leaves the process and its console to the commands', () => {
    const broken = sources
      .filter(({ file }) => !isIn(file, processPlaces))
      .flatMap(({ file, globals }) =>
        globals
          .filter(name => name === 'process' || name === 'console')
          .map(name => `${file}: ${name} (only commands and cli.ts have a process)`),
      )
    expect(broken).toEqual([])
  })

  it('has no default export', () => {
    const broken = sources
      .filter(({ hasDefaultExport }) => hasDefaultExport)
      .map(({ file }) => `${file}: export default (one name for one thing, everywhere)`)
    expect(broken).toEqual([])
  })

  it('has one barrel', () => {
    const broken = sources
      .filter(({ file, reexports }) => reexports && file !== 'src/index.ts')
      .map(({ file }) => `${file}: export … from (only src/index.ts passes on what others export)`)
    expect(broken).toEqual([])
  })

  it('names every file of a layer on its page', () => {
    const page = readFileSync(new URL('docs/architecture.md', root), 'utf8')
    const named = sources
      .map(({ file }) => /^src\/(?!commands)\w+\/([\w-]+)\.ts$/.exec(file)?.[1])
      .filter(name => name !== undefined)
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter(name => !new RegExp(`\`(?:[a-z]+/)?${name}\``).test(page))).toEqual([])
  })
})
