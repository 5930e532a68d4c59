// The port of the embedded PostgreSQL on 127.0.0.1: the one asked for, or any free one, remembered in the data folder so
// that a tool pointed at the database finds it again after a restart.
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** The remembered port if it is free, else a free one, which is remembered from now on. */
export async function chooseFreePort(dataFolder: string): Promise<number> {
  const file = join(dataFolder, 'port')
  const remembered = Number(await readFile(file, 'utf8').catch(() => ''))
  if (remembered > 0 && (await listenBriefly(remembered)) !== undefined) return remembered
  const chosen = (await listenBriefly(0)) ?? 0
  await writeFile(file, `${chosen}\n`)
  return chosen
}

export async function isPortFree(port: number): Promise<boolean> {
  return (await listenBriefly(port)) !== undefined
}

function listenBriefly(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(address && typeof address === 'object' ? address.port : undefined))
    })
  })
}
