// Reads the sources of the project as syntax trees, for the rules that tests hold them to.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import ts from 'typescript'

export const ROOT = join(import.meta.dirname, '..')

/** Folders that hold source; whatever else lies in the root is configuration or output. */
const FOLDERS = ['bench', 'cli', 'infra', 'reports', 'runtime', 'scenarios', 'simulator', 'tests', 'tools']
const OUTPUT = new Set(['reports/out'])

export interface Source {
  /** From the root, with forward slashes. */
  path: string
  text: string
  tree: ts.SourceFile
}

export interface Import {
  /** As written. */
  specifier: string
  /** From the root, for a relative import; null for a package or a part of Node. */
  target: string | null
  typeOnly: boolean
  /** `file:line` of the import. */
  place: string
}

/** Every TypeScript file and every module of plain JavaScript. */
export function readSources(): Source[] {
  return FOLDERS.flatMap(filesUnder)
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
    })
}

function filesUnder(folder: string): string[] {
  if (!existsSync(join(ROOT, folder)) || OUTPUT.has(folder)) return []
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return []
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}

/** True for tests and for what only tests use. */
export function isTestCode(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/') || path.startsWith('tests/')
}

/** `file:line`, from 1. */
export function placeOf(source: Source, node: ts.Node): string {
  return `${source.path}:${source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1}`
}

/** Every node of the file, parents before children. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  for (const child of node.getChildren()) yield* nodesOf(child)
}

/** Static and dynamic imports and re-exports whose specifier is written out. */
export function importsOf(source: Source): Import[] {
  const imports: Import[] = []
  function add(node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean): void {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const { text } = specifier
    const folder = dirname(join(ROOT, source.path))
    const target = text.startsWith('.') ? relative(ROOT, join(folder, text)).split(sep).join('/') : null
    imports.push({ specifier: text, target, typeOnly, place: placeOf(source, node) })
  }
  for (const node of nodesOf(source.tree)) {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isTypeOnly(node))
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true)
    }
  }
  return imports
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const names = importClause.namedBindings
  return (
    importClause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  )
}
