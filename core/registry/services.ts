// The plugins' own servers, such as the demo CRM: started once a process, their origins allowed past the egress guard.
import { PluginError } from '../errors.ts'
import type { Plugin, PluginService } from '../sdk/plugin.ts'

export interface Services {
  /** Starts the service when this process does not run it yet. */
  origin(name: string): Promise<string>
  startAll(): Promise<{ name: string; origin: string }[]>
  stopAll(): Promise<void>
}

export function createServices({
  services,
  allowOrigin,
}: {
  services: () => readonly { plugin: Plugin; service: PluginService }[]
  allowOrigin(origin: string): void
}): Services {
  const running = new Map<string, Promise<{ origin: string; stop(): Promise<void> }>>()

  const start = (name: string): Promise<{ origin: string; stop(): Promise<void> }> => {
    const known = running.get(name)
    if (known) return known
    const found = services().find(({ service }) => service.name === name)
    if (!found) throw new PluginError(`No loaded plugin brings the service "${name}".`)
    const starting = found.service.start().then((service) => {
      allowOrigin(service.origin)
      return service
    })
    running.set(name, starting)
    return starting
  }

  return Object.freeze({
    async origin(name) {
      return (await start(name)).origin
    },
    async startAll() {
      const started: { name: string; origin: string }[] = []
      for (const { service } of services())
        started.push({ name: service.name, origin: (await start(service.name)).origin })
      return started
    },
    async stopAll() {
      const services = [...running.values()]
      running.clear()
      for (const service of services) await (await service).stop()
    },
  } satisfies Services)
}
