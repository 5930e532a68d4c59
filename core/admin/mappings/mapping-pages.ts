// All pages of a connection's mapping, in an order in which none hides another.
import type { PageRouter } from '../page-router.ts'
import { registerMappingEditorPages } from './editor-pages.ts'
import { registerMappingListPages } from './list-pages.ts'
import { registerNewMappingPages } from './new-mapping-pages.ts'
import { registerMappingOptionsPages } from './options-pages.ts'
import { registerPreviewPages } from './preview-pages.ts'
import { registerMappingPublishPages } from './publish-pages.ts'
import { registerNewMappingTestPages } from './test-new-pages.ts'
import { registerMappingTestPages } from './test-pages.ts'
import { registerCopyPages } from './transfer-copy-pages.ts'
import { registerTransferPages } from './transfer-pages.ts'
import { registerPresetPages } from './transfer-preset-pages.ts'
import { registerVersionPages } from './version-pages.ts'

type Options<Register extends (router: PageRouter, options: never) => void> = Parameters<Register>[1]

export function registerMappingPages(
  router: PageRouter,
  options: Options<typeof registerMappingEditorPages> &
    Options<typeof registerMappingPublishPages> &
    Options<typeof registerPreviewPages> &
    Options<typeof registerNewMappingTestPages> &
    Options<typeof registerMappingTestPages> &
    Options<typeof registerCopyPages> &
    Options<typeof registerTransferPages> &
    Options<typeof registerPresetPages> &
    Options<typeof registerVersionPages>,
): void {
  registerMappingListPages(router, options)
  registerNewMappingPages(router, options)
  registerMappingEditorPages(router, options)
  registerMappingOptionsPages(router, options)
  registerMappingPublishPages(router, options)
  registerPreviewPages(router, options)
  // The page of a new test before the one of a test, whose path fits it too.
  registerNewMappingTestPages(router, options)
  registerMappingTestPages(router, options)
  registerVersionPages(router, options)
  registerTransferPages(router, options)
  registerPresetPages(router, options)
  registerCopyPages(router, options)
}
