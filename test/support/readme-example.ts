// The code that plugins/README.md shows, as modules.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const faces = { 'outbound-sync/sdk': '../../core/sdk/index.ts', 'outbound-sync/testing': '../../core/testing/index.ts' }

/** @param index which of the code blocks */
export async function importReadmeExample(index: number): Promise<unknown> {
  return importBlocks({ 'example.ts': await codeBlock(index) }, 'example.ts')
}

/** Registers the checks of the test that is shown for the first plugin, on a server of ours. */
export async function importReadmeTest(): Promise<void> {
  const test = (await codeBlock(2)).replace(
    '    plugin,\n',
    '    plugin, databaseUrl: process.env.TEST_DATABASE_URL,\n',
  )
  await importBlocks({ 'my-list.ts': await codeBlock(0), 'my-list.test.ts': test }, 'my-list.test.ts')
}

async function codeBlock(index: number): Promise<string> {
  const readme = await readFile(new URL('../../plugins/README.md', import.meta.url), 'utf8')
  const code = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)][index]?.[1]
  if (!code) throw new Error(`plugins/README.md has no code block ${index}`)
  return code
}

async function importBlocks(files: Readonly<Record<string, string>>, entry: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'))
  try {
    for (const [name, code] of Object.entries(files)) {
      const runnable = Object.entries(faces).reduce(
        (text, [face, file]) => text.replace(`'${face}'`, `'${new URL(file, import.meta.url).href}'`),
        code,
      )
      await writeFile(join(folder, name), runnable)
    }
    return await import(pathToFileURL(join(folder, entry)).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}
