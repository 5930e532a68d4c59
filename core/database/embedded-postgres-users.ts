// Who uses the embedded PostgreSQL: one empty file per use, named after the process, so that creating and removing one is
// atomic and a process that died without a word is recognised by its name. Read and cleared under the lock by
// embedded-postgres, which lets the last one out stop the server.
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, ownIdentity } from './embedded-postgres-process.ts'

/** Notes that this process uses the server; the returned function takes the note back, and may be called twice. */
export function registerUse(folder: string): () => void {
  const file = join(folder, `${ownIdentity()}~${randomBytes(6).toString('hex')}`)
  writeFileSync(file, '', { flag: 'wx' })
  return () => rmSync(file, { force: true })
}

/** How many uses by living processes are noted. Notes of dead ones are cleared away. */
export function countUses(folder: string): number {
  let count = 0
  for (const name of readdirSync(folder)) {
    if (isAlive(name.slice(0, name.lastIndexOf('~')))) count += 1
    else rmSync(join(folder, name), { force: true })
  }
  return count
}
