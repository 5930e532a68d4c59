// Whoever has the package only, and not the checkout, follows the links of its README and of the documents beside it: each
// leads to a file that is packed, too.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')
const packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })])

/** What would be packed. Without a build: what is built is code, and nobody links to it. */
async function packedFiles(): Promise<string[]> {
  // npm is no part of what is covered.
  const { NODE_V8_COVERAGE: _coverage, ...env } = process.env
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, env })
  return packed.parse(JSON.parse(stdout))[0].files.map(({ path }) => path)
}

/** Where the links and pictures of a document lead that stay within the package, as paths below its root. */
async function linksOf(document: string): Promise<{ document: string; target: string }[]> {
  const text = await readFile(join(root, document), 'utf8')
  // What stands in a block or in backquotes is shown, not linked to.
  const prose = text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '')
  const inline = prose.matchAll(/\]\(\s*<?([^)\s>]+)/g)
  const defined = prose.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm)
  const html = prose.matchAll(/\b(?:href|src)="([^"]+)"/g)
  return [...inline, ...defined, ...html]
    .map(([, link = '']) => link.replace(/#.*$/, ''))
    .filter((link) => link !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(link))
    .map((link) => ({ document, target: posix.join(posix.dirname(document), decodeURI(link)) }))
}

describe('the documents of the package', () => {
  let files: string[] = []
  let links: { document: string; target: string }[] = []
  before(async () => {
    files = await packedFiles()
    const documents = files.filter((path) => path.endsWith('.md'))
    links = (await Promise.all(documents.map(linksOf))).flat()
  })

  it('are all packed, and were read', () => {
    const wanted = ['CHANGELOG.md', 'README.md', 'core/README.md', 'plugins/README.md', 'plugins/webhook/README.md']
    assert.deepEqual(
      wanted.filter((path) => !files.includes(path)),
      [],
    )
    const targets = links.map(({ target }) => target)
    assert.ok(targets.includes('core/README.md') && targets.includes('test/pages/pictures/place-an-order.png'))
  })

  it('link to nothing that is not packed with them', () => {
    assert.deepEqual(
      links.filter(({ target }) => !files.includes(target)),
      [],
    )
  })
})
