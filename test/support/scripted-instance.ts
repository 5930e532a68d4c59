// An instance whose only active connection is of a scripted provider, with its worker running.
import { scope } from './fixture-shop.ts'
import { createInstance, type Instance, until } from './instance.ts'
import { createScriptedPlugin, type Script, type ScriptedOptions } from './scripted-provider.ts'

export interface ScriptedInstance {
  instance: Instance
  script: Script
  connectionId: string
  /** Places the order and waits for the end of the try it leads to. */
  sync(id: string): Promise<{ attemptId: string; outcome: string; message: string | null }>
  /** What history says of the objects of a try, in order. */
  objectsOf(attemptId: string): Promise<Record<string, unknown>[]>
}

export async function createScriptedInstance({
  orderCount = 10,
  ...options
}: ScriptedOptions & { orderCount?: number } = {}): Promise<ScriptedInstance> {
  const { plugin, script } = createScriptedPlugin(options)
  const instance = await createInstance({ orderCount, plugins: [plugin] })
  await instance.rows(`update outbound_sync.connection set state = 'disabled'`)
  await instance.sync.operations.setPluginActive({ plugin: plugin.name, scope, isActive: true, actor: 'test' })
  const connection = { provider: plugin.name, name: 'Scripted', scope, settings: {}, actor: 'test' }
  const { connectionId } = await instance.sync.operations.ensureConnection(connection)
  await instance.sync.worker.start()
  return {
    instance,
    script,
    connectionId,
    async sync(id) {
      const attempts = () =>
        instance.rows(
          `select id, outcome, message from outbound_sync.attempt where source_id = $1 and connection_id = $2 order by id desc`,
          [id, connectionId],
        )
      const before = (await attempts()).length
      await instance.placeOrder(id)
      await until(async () => (await attempts()).length > before)
      const [latest] = await attempts()
      return {
        attemptId: String(latest?.id),
        outcome: String(latest?.outcome),
        message: latest?.message === null ? null : String(latest?.message),
      }
    },
    objectsOf: (attemptId) =>
      instance.rows(
        `select mapping_key, source_id, id_value, action, message from outbound_sync.attempt_object
         where attempt_id = $1 order by id`,
        [attemptId],
      ),
  }
}
