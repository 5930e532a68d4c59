// The command `event`: sets up the sample conference, or copies an event.
import type { PluginCommand } from '../../core/sdk/index.ts'
import { type CommandOutput, requiredOption, runCommand, textOption } from './command-line.ts'
import { setUpConference } from './conference-event.ts'
import { copyEvent } from './copy-event.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

export function createEventCommand(shop: Shop, output: CommandOutput): PluginCommand {
  return {
    name: 'event',
    summary: 'Set up the sample conference, or copy an event',
    arguments: [
      { name: 'action', summary: 'conference or copy', isRequired: true },
      { name: 'event', summary: 'copy: the original, such as acme/conf26' },
    ],
    options: [
      { flags: '--to <slug>', summary: 'copy: the short name of the copy' },
      { flags: '--name <text>', summary: 'copy: its name' },
      { flags: '--begin <instant>', summary: 'copy: its begin; all its dates move by as much' },
    ],
    run: (args) =>
      runCommand(output, async () => {
        const [action, event] = args.arguments
        if (action === 'conference') {
          const { reference } = await setUpConference(shop.database)
          return `The event ${reference} is set up.`
        }
        if (action !== 'copy' || !event) throw new ShopError('Say "event conference", or "event copy acme/conf26".')
        const copy = await copyEvent(shop, {
          event,
          slug: requiredOption(args, 'to'),
          name: textOption(args, 'name'),
          dateFrom: textOption(args, 'begin'),
        })
        return `The event ${event} is copied to ${copy.reference}.`
      }),
  }
}
