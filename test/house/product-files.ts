// The files of the product, for the tests of the house rules.
import { readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** Paths below the root with `/`, of files in core/, plugins/ and migrations/ that end in one of these extensions. */
export async function productFiles(extensions: readonly string[]): Promise<string[]> {
  const rooms = await Promise.all(
    ['core', 'plugins', 'migrations'].map((room) =>
      readdir(join(root, room), { recursive: true, withFileTypes: true }),
    ),
  )
  return rooms
    .flat()
    .filter((entry) => entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}
