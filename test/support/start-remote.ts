// Starts the remote of remote-server.ts as a process and talks to it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RemoteCounts, RemoteSettings } from './remote-server.ts'

export interface Remote {
  port: number
  baseUrl: string
  counts(): Promise<RemoteCounts>
  clear(): Promise<void>
  set(settings: Partial<RemoteSettings>): Promise<void>
  /** What was last sent for every object, by path. */
  bodies(): Promise<Map<string, Record<string, unknown>>>
  stop(): Promise<void>
}

export async function startRemote(): Promise<Remote> {
  const child = fork(join(import.meta.dirname, 'remote-server.ts'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const ask = async <T>(message: object): Promise<T> => {
    child.send(message)
    // The remote answers every message with one.
    const [answer] = (await once(child, 'message')) as [T]
    return answer
  }
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    counts: () => ask<RemoteCounts>({ ask: 'counts' }),
    clear: async () => {
      await ask({ ask: 'clear' })
    },
    set: async (settings) => {
      await ask({ ask: 'set', settings: { latencyMs: 0, resetShare: 0, ...settings } })
    },
    bodies: async () => new Map(await ask<[string, Record<string, unknown>][]>({ ask: 'bodies' })),
    async stop() {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
