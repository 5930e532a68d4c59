// The flags that `npm run worker` starts node with, so that memory is measured as operators have it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Our own manifest, which has this script.
const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  scripts: { worker: string }
}
const words = manifest.scripts.worker.split(' ')

export const workerFlags: readonly string[] = words.slice(1, words.indexOf('core/main.ts'))
