/** docs/construct.md is generated from the props' docstrings: `CARRYOUT_DOCS=write npm run test:jest -- test/docs/construct` writes it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const GUIDE = join(ROOT, 'docs/construct.md')

interface Prop {
  name: string
  isOptional: boolean
  type: string
  sentence: string
  default: string | undefined
}

const SECTIONS: { title: string; file: string; name: string }[] = [
  { title: 'Carryout', file: 'cdk/props.ts', name: 'CarryoutProps' },
  { title: 'database, a server', file: 'cdk/database.ts', name: 'ServerProps' },
  { title: 'database, an Aurora cluster through the RDS Data API', file: 'cdk/database.ts', name: 'ClusterProps' },
  { title: 'database.tls', file: 'cdk/database.ts', name: 'TlsProps' },
  { title: 'mail', file: 'cdk/props.ts', name: 'MailProps' },
  { title: 'webhook', file: 'cdk/props.ts', name: 'WebhookSettings' },
]
const OUTPUTS = { title: 'Outputs', file: 'cdk/places.ts' }

const HEAD = `# The construct

\`\`\`ts
import { Carryout } from 'carryout/cdk'

const carryout = new Carryout(this, 'Carryout', {
  catalogue: 'exports/index.ts',
  vpc,
  database: { host: db.instanceEndpoint.hostname, port: db.instanceEndpoint.port, name: 'shop', secret: db.secret! },
})
db.connections.allowDefaultPortFrom(carryout)
carryout.grantRequest(webApp)
\`\`\`

This page lists every setting with its default; it is generated from the props' docstrings. A setting that contradicts another setting, or that AWS
does not allow, is refused at synth, with a sentence that says what to change. [Deploying](deploying.md) explains what to prepare.
`

test('docs/construct.md lists every prop of the construct, its type and its default', () => {
  const page = makePage()
  if (process.env.CARRYOUT_DOCS === 'write') writeFileSync(GUIDE, page)
  expect(readFileSync(GUIDE, 'utf8')).toBe(page)
})

test('every prop has a sentence, and an optional one its default', () => {
  const props = SECTIONS.flatMap(propsOf)
  expect(props.length).toBeGreaterThan(35)
  expect(props.filter(({ sentence }) => sentence === '').map(({ name }) => name)).toEqual([])
  expect(props.filter((prop) => prop.isOptional && !prop.default).map(({ name }) => name)).toEqual([])
})

function makePage(): string {
  const sections = SECTIONS.map((section) => {
    const rows = propsOf(section).map(
      ({ name, type, isOptional, sentence, default: fallback }) =>
        `| \`${name}\` | \`${cell(type)}\` | ${cell(sentence)} | ${isOptional ? cell(fallback!) : 'required'} |`,
    )
    const head = '| setting | type | what it is | default |\n| --- | --- | --- | --- |'
    return `## ${section.title}\n\n${head}\n${rows.join('\n')}\n`
  })
  return [HEAD, ...sections, outputs()].join('\n')
}

function outputs(): string {
  const source = readFileSync(join(ROOT, OUTPUTS.file), 'utf8')
  const rows = [...source.matchAll(/^ {2}(\w+): '([^']+)',$/gm)].map(([, name, text]) => `| \`${name}\` | ${text} |`)
  expect(rows.length).toBeGreaterThan(4)
  return `## ${OUTPUTS.title}

The names begin with the construct's place in the stack (\`CarryoutQueueUrl\`), so that one stack can have several. The SSM parameter
\`/carryout/<name>\` holds the same values for \`createCarryout({ parameter })\` of \`@carryout/client\`.

| output | what it is |
| --- | --- |
${rows.join('\n')}
`
}

function propsOf({ file, name }: { file: string; name: string }): Prop[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const [, parent, body] =
    new RegExp(`interface ${name} (?:extends (\\w+) )?\\{\\n(.*?)\\n\\}`, 's').exec(source) ?? fail(`No ${name}`)
  const member = / {2}\/\*\*(.*?)\*\/\n {2}readonly (\w+)(\??): ([^\n]+)/gs
  const own = [...body!.matchAll(member)].map(([, comment, prop, optional, type]) => {
    const text = comment!.replaceAll(/\n\s*\* ?/g, '\n').trim()
    const [sentence = '', fallback] = text.split(/\n?@default /)
    return {
      name: prop!,
      isOptional: optional === '?',
      type: type!,
      sentence: oneLine(sentence),
      default: fallback && oneLine(fallback).replace(/^- /, ''),
    }
  })
  expect(own).toHaveLength([...body!.matchAll(/^ {2}readonly /gm)].length)
  return [...own, ...(parent ? propsOf({ file, name: parent }) : [])]
}

function fail(message: string): never {
  throw new Error(message)
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
