// The ticket shop's source models as the validation of mappings sees them, without a shop behind.
import type { MappableRootModel } from '../../core/mapping/validate-mapping.ts'
import { createShopSourceModels } from '../../plugins/ticket-shop/source-models/shop-source-models.ts'

// The fields of a scope without events are those that every shop has; declaring them takes nothing but select().
const emptyShop = { select: async () => [] } as unknown as Parameters<typeof createShopSourceModels>[0]

export function mappableShopModels(): Promise<MappableRootModel[]> {
  return Promise.all(
    createShopSourceModels(emptyShop).map(async (model) => ({
      name: model.name,
      inputs: model.inputs,
      fields: await model.fields(model.name, ''),
      nested: await Promise.all(
        Object.entries(model.nested).map(async ([name, { inputs }]) => ({
          name,
          inputs,
          fields: await model.fields(name, ''),
        })),
      ),
    })),
  )
}
