// The shop's catalogue of what can be synced.
import type { SourceModel } from '../../../core/sdk/index.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { createCategoryModel } from './category-model.ts'
import { createCustomerModel } from './customer-model.ts'
import { createOrderModel } from './order-model.ts'
import { createProductModel } from './product-model.ts'

export function createShopSourceModels(database: ShopDatabase): readonly SourceModel[] {
  return [
    createOrderModel(database),
    createProductModel(database),
    createCategoryModel(database),
    createCustomerModel(database),
  ]
}
