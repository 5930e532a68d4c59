// The demo host: a small ticket shop, written as a team would write its own. It brings its orders as source models, says on
// the core's signals what happens to them, and offers its actions as commands.
import { definePlugin } from '../../core/sdk/index.ts'
import { terminal } from './command-line.ts'
import { createCustomerCommand } from './customer-command.ts'
import { createDemoCommand } from './demo-command.ts'
import { createEventCommand } from './event-command.ts'
import { migrations } from './migrations.ts'
import { createOrderCommand } from './order-commands.ts'
import { createShopPages } from './pages/shop-pages.ts'
import { setUpSampleShop } from './sample-shop.ts'
import { createShopDatabase } from './shop-database.ts'
import { createShopSourceModels } from './source-models/shop-source-models.ts'

export default definePlugin({
  name: 'ticket-shop',
  displayName: 'Ticket shop',
  description: 'A small ticket shop: the host that shows everything.',
  version: '0.1.0',
  compatibility: '^0.1.0',
  level: 'instance',
  migrations,
  viewsUrl: new URL('./views/', import.meta.url),
  setup(context) {
    const { databaseUrl, signals, operations, log } = context
    const database = createShopDatabase({ databaseUrl })
    const shop = { database, signals }
    return {
      sourceModels: createShopSourceModels(database),
      cli: [
        createOrderCommand(shop, terminal),
        createCustomerCommand(shop, terminal),
        createEventCommand(shop, terminal),
        createDemoCommand({ shop, operations, output: terminal, stream: process.stderr }),
      ],
      pages: createShopPages({ shop, operations, log }),
      started: () => setUpSampleShop(database, context),
      close: () => database.close(),
    }
  },
})
