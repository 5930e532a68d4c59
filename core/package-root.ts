// Where this package lies: in a checkout the folder of core/, in the published package its dist/. Views, styles and
// bundled plugins are found below it, and only through this file. Ground floor.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OutboundSyncError } from './errors.ts'

const packageName = 'outbound-sync'

/** The folder that holds core/, views/ and plugins/ side by side. */
export function packageRoot(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)))
}

/** The version in the package.json of this package, which lies in the root or, once built, above it. */
export function packageVersion(root: string = packageRoot()): string {
  for (let folder = root; ; folder = dirname(folder)) {
    const description = readPackageJson(join(folder, 'package.json'))
    if (description?.name === packageName && description.version) return description.version
    if (folder === dirname(folder)) {
      throw new OutboundSyncError(
        'package_incomplete',
        `No package.json of ${packageName} was found in ${root} or above it. Install the package again.`,
      )
    }
  }
}

function readPackageJson(path: string): { name?: string; version?: string } | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  // A package.json is a JSON object; only these two members are read and both may be missing.
  return JSON.parse(text) as { name?: string; version?: string }
}
