// A program for import-memory.test.ts: makes an order file of many megabytes piece by piece, imports it, and says how much
// memory was used. Started with a heap that could not hold the file.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { generateOrders } from '../../plugins/ticket-shop/generate-orders.ts'
import { importOrderFile } from '../../plugins/ticket-shop/import-order-file.ts'
import { isListSection } from '../../plugins/ticket-shop/order-file-schema.ts'
import { createShopDatabase } from '../../plugins/ticket-shop/shop-database.ts'

const [path = '', count = '', databaseUrl = ''] = process.argv.slice(2)

const file = createWriteStream(path)
let last = ''
for await (const { section, value } of generateOrders({ count: Number(count), seed: 1 })) {
  const begin = `${last ? `${isListSection(last) ? ']' : ''},\n` : '{'}"${section}": ${isListSection(section) ? '[\n' : ''}`
  if (!file.write(`${section === last ? ',\n' : begin}${JSON.stringify(value)}`)) await once(file, 'drain')
  last = section
}
file.end(']}\n')
await once(file, 'close')

const database = createShopDatabase({ databaseUrl })
let orderCount = 0
await importOrderFile({
  path,
  shop: { database },
  onProgress: ({ step, doneCount }) => {
    if (step === 'import') orderCount = doneCount
  },
})
await database.close()
process.stdout.write(JSON.stringify({ orderCount, byteCount: file.bytesWritten }))
