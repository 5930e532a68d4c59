// The command `customer create`.
import type { PluginCommand } from '../../core/sdk/index.ts'
import {
  type CommandOutput,
  parseName,
  parsePairs,
  requiredOption,
  runCommand,
  terminalActor,
  textOption,
} from './command-line.ts'
import { createCustomers } from './create-customer.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

export function createCustomerCommand(shop: Shop, output: CommandOutput): PluginCommand {
  return {
    name: 'customer',
    summary: 'Create a customer of an organizer',
    arguments: [{ name: 'action', summary: 'create', isRequired: true }],
    options: [
      { flags: '--organizer <slug>', summary: 'whose customer' },
      { flags: '--identifier <text>', summary: 'what the organizer calls the customer; a random one otherwise' },
      { flags: '--email <address>', summary: 'e-mail' },
      { flags: '--phone <number>', summary: 'phone number' },
      { flags: '--name <name>', summary: 'a name, or given_name=Ada; family_name=Lovelace' },
      { flags: '--job-title <text>', summary: 'what the person does' },
      { flags: '--address <pairs>', summary: 'as company=Acme; city=Berlin' },
    ],
    run: (args) =>
      runCommand(output, async () => {
        if (args.arguments[0] !== 'create') throw new ShopError('The only action on customers is "create".')
        const name = textOption(args, 'name')
        const organizer = requiredOption(args, 'organizer')
        const [customer] = await createCustomers(shop, {
          organizer,
          customers: [
            {
              identifier: textOption(args, 'identifier'),
              email: textOption(args, 'email'),
              phone: textOption(args, 'phone'),
              name: name === undefined ? undefined : parseName(name),
              jobTitle: textOption(args, 'jobTitle'),
              ...parsePairs(textOption(args, 'address') ?? ''),
            },
          ],
          actor: terminalActor,
        })
        return `Created customer ${customer?.identifier} of ${organizer}.`
      }),
  }
}
