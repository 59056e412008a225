import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const packages = new URL('../packages/', import.meta.url)

function sourceOf(file: URL): ts.SourceFile {
  return ts.createSourceFile(fileURLToPath(file), readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
}

/** What a file exports: each name with the file that declares it, and the name it has there. */
function* exportsOf(file: URL): Generator<readonly [name: string, file: URL, declared: string]> {
  for (const statement of sourceOf(file).statements) {
    if (
      !ts.isExportDeclaration(statement) ||
      !statement.moduleSpecifier ||
      !ts.isStringLiteral(statement.moduleSpecifier)
    )
      continue
    const from = statement.moduleSpecifier.text
    if (!from.startsWith('.') || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue
    for (const { name, propertyName } of statement.exportClause.elements) {
      yield [name.text, new URL(from, file), (propertyName ?? name).text]
    }
  }
}

function declarationOf(file: URL, name: string): ts.Node | undefined {
  for (const statement of sourceOf(file).statements) {
    if (ts.isVariableStatement(statement)) {
      if (statement.declarationList.declarations.some((each) => each.name.getText() === name)) return statement
    } else if ('name' in statement && (statement.name as ts.Node | undefined)?.getText() === name) return statement
  }
  for (const [exported, from, declared] of exportsOf(file)) if (exported === name) return declarationOf(from, declared)
  return undefined
}

test.each(readdirSync(packages))('each export of %s has a doc comment', (name) => {
  const folder = new URL(`${name}/src/`, packages)
  const missing: string[] = []
  for (const entry of readdirSync(folder).filter((file) => /^(index|node|testing)\.ts$/.test(file))) {
    for (const [exported, file, declared] of exportsOf(new URL(entry, folder))) {
      const declaration = declarationOf(file, declared)
      if (!declaration || ts.getJSDocCommentsAndTags(declaration).length === 0) missing.push(`${entry}: ${exported}`)
    }
  }
  expect(missing).toEqual([])
})
