// `pnpm flows` writes packages/endpoint/CALL-FLOWS.md: the ladders of the call flows of RFC 3665 and RFC 5359, as the tests of
// packages/endpoint/src/flows and apps/interop/src/flows draw them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['apps/interop/src/flows', 'packages/endpoint/src/flows']

/** Where the page is kept. */
export const page: string = `${root}packages/endpoint/CALL-FLOWS.md`

interface CallFlow {
  readonly rfc: string
  readonly section: string
  readonly title: string
  /** What happens, when the title does not say it. */
  readonly story: string | undefined
  readonly ladder: string
  readonly file: string
}

const head = `# Call flows

What goes over the wire in each call flow of RFC 3665 and each service of RFC 5359, as tests play it: on a simulated network,
with the public API only. Each names its test, a file of the repository that the package does not bring along. There \`pnpm flows\`
writes this page from them, and a test holds it.
`

/** The page, as it should be. */
export function callFlows(): string {
  const flows = new Map<string, CallFlow>()
  for (const flow of folders.flatMap(flowsIn)) {
    const key = `${flow.rfc} ${flow.section}`
    if (!flows.has(key)) flows.set(key, flow)
  }
  const sorted = [...flows.values()].toSorted(
    (a, b) => a.rfc.localeCompare(b.rfc) || order(a.section) - order(b.section),
  )
  const parts = sorted.map((flow, n) => (sorted[n - 1]?.rfc === flow.rfc ? '' : `\n## ${flow.rfc}\n`) + shown(flow))
  return head + parts.join('')
}

function order(section: string): number {
  const [chapter = 0, part = 0] = section.split('.').map(Number)
  return 100 * chapter + part
}

function shown({ section, title, story, ladder, file }: CallFlow): string {
  const said = story === undefined ? '' : `${story} `
  return `\n### ${section} ${title}\n\n${said}(test: \`${file}\`)\n\n\`\`\`text\n${ladder}\n\`\`\`\n`
}

function flowsIn(folder: string): CallFlow[] {
  const names = readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.test.ts'))
  return names.flatMap((name) => flowsOf(`${folder}/${name}`, readFileSync(`${root}${folder}/${name}`, 'utf8')))
}

function flowsOf(file: string, source: string): CallFlow[] {
  let service = ''
  let test = ''
  const flows: CallFlow[] = []
  const parts = /^describe\(['"](?<service>.+)['"], |^ {2}test\(['"](?<test>.+)['"], |drawn\(`\n(?<ladder>[^`]*)`\)/gm
  for (const { groups = {} } of source.matchAll(parts)) {
    if (groups['service'] !== undefined) service = groups['service']
    if (groups['test'] !== undefined) test = groups['test']
    if (groups['ladder'] !== undefined)
      flows.push({ ...named(service, test), ladder: unindented(groups['ladder']), file })
  }
  return flows
}

/** Both forms: the section stands before the service (`RFC 5359 2.1 call hold`), or before the test (`2.7 unconditional`). */
function named(service: string, test: string): Pick<CallFlow, 'rfc' | 'section' | 'title' | 'story'> {
  const [, rfc = '', section = '', what = ''] = /^(RFC \d+) ([\d.]*) ?(.*)$/.exec(service) ?? []
  const [, own, rest = ''] = /^(\d+\.\d+) (.*)$/.exec(test) ?? []
  if (own !== undefined) return { rfc, section: own, title: capital(`${what}: ${rest}`), story: undefined }
  return { rfc, section, title: capital(what), story: `${capital(test)}.` }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function unindented(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length))
  return lines.map((line) => line.slice(margin).trimEnd()).join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, callFlows())
