// A shop and a folder for order files, for all tests of a file.
import { after, before } from 'node:test'
import { createFileFolder, type FileFolder } from './order-file-sample.ts'
import { createTicketShopContext, type TicketShopContext } from './ticket-shop-context.ts'

export interface OrderFiles extends Pick<TicketShopContext, 'shop' | 'query' | 'takeFired'> {
  folder: FileFolder
}

export function useOrderFiles(): OrderFiles {
  // Filled before the first test begins.
  const files = {} as OrderFiles
  let context: TicketShopContext
  before(async () => {
    context = await createTicketShopContext()
    const { shop, query, takeFired } = context
    Object.assign(files, { shop, query, takeFired, folder: await createFileFolder() })
  })
  after(async () => {
    await context.close()
    await files.folder.remove()
  })
  return files
}
