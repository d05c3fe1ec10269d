// Types that parameters share.

@export()
@description('A key vault to enrol by name.')
type vault = {
  @description('Resource id of the vault.')
  resourceId: string
  @description('Region of the vault, spelled as in regions.')
  region: string
}
