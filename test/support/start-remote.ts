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
  /** What is not given is calm. */
  set(settings: Partial<RemoteSettings>): Promise<void>
  /** Carries out the writes that are held. */
  release(): Promise<void>
  /** What was last sent for every object, by path. */
  bodies(): Promise<Map<string, Record<string, unknown>>>
  stop(): Promise<void>
}

export async function startRemote(): Promise<Remote> {
  const child = fork(join(import.meta.dirname, 'remote-server.ts'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  let asking: Promise<unknown> = Promise.resolve()
  // One question at a time: the remote answers every message with one.
  const ask = <T>(message: object): Promise<T> => {
    const answered = asking.then(async () => {
      const answer = once(child, 'message')
      child.send(message)
      return (await answer)[0] as T
    })
    asking = answered.catch(() => undefined)
    return answered
  }
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    counts: () => ask<RemoteCounts>({ ask: 'counts' }),
    clear: async () => {
      await ask({ ask: 'clear' })
    },
    set: async (settings) => {
      await ask({ ask: 'set', settings })
    },
    release: async () => {
      await ask({ ask: 'release' })
    },
    bodies: async () => new Map(await ask<[string, Record<string, unknown>][]>({ ask: 'bodies' })),
    async stop() {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
