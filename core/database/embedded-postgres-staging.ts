// Copies the PostgreSQL programs to where the user that they are to run as can reach them: needed when we are root and the
// checkout lies in a closed folder (a 0700 home). Once per version; called by embedded-postgres-binaries.
import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from './embedded-postgres-lock.ts'
import { openRootFolder, requireOwnFolder } from './embedded-postgres-root.ts'

/** The copy of the folder `native`, made under `name` if there is none yet. */
export async function stagePrograms(native: string, name: string): Promise<string> {
  const root = openRootFolder('programs')
  const target = join(root, name)
  return withLock(openRootFolder('programs', 'lock'), async () => {
    if (existsSync(target)) return requireOwnFolder(target)
    for (const leftover of readdirSync(root).filter((entry) => entry.startsWith('new-'))) {
      await rm(join(root, leftover), { recursive: true })
    }
    const copy = await mkdtemp(join(root, 'new-'))
    // .a files serve only to compile against.
    const filter = (source: string) => !source.endsWith('.a')
    await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter })
    openToAll(copy)
    await rename(copy, target)
    return target
  })
}

/** npm gives files the rights of its caller's umask; the server's user must read them, and nobody else may write. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, 0o755)
  }
}
