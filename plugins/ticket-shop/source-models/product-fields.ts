// What a position is of. The whole product is the source model `Product`, to which `product_id` refers.
import { createFieldMaker } from '../../../core/sdk/index.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedPosition } from './loaded-order.ts'

const product = createFieldMaker<LoadedPosition>('position', fieldCategories.product)

export const productFields = [
  product({
    key: 'product',
    label: 'Product and variation',
    read: ({ itemName, variationName }) => (variationName ? `${itemName} – ${variationName}` : itemName),
  }),
  product({ key: 'product_id', label: 'Product id', type: 'integer', read: (position) => position.itemId }),
  product({ key: 'product_identifier', label: 'Product identifier', read: (position) => position.itemIdentifier }),
  product({
    key: 'product_is_admission',
    label: 'Product admits a person',
    type: 'boolean',
    read: (position) => position.isAdmission,
  }),
  product({ key: 'product_category', label: 'Product category', read: (position) => position.categoryName }),
]
