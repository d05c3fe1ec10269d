package month

import "slices"

// stories is the one list of all that can happen; Stories, plans and labels derive from it.
func stories() []story {
	return slices.Concat(dumps(), thefts(), grants(), ransoms(), insiders(), machines(), addresses(), refusals(), blindness(),
		newcomers(), habits(), operations())
}

// Types of alerts, as labels name them.
const (
	accountVolume = "KV_AccountVolumeAnomaly"
	deniedVolume  = "KV_AccountVolumeAccessDeniedAnomaly"
	userApp       = "KV_UserAppAnomaly"
	newUser       = "KV_UserAnomaly"
	newApp        = "KV_AppAnomaly"
	pattern       = "KV_OperationPatternAnomaly"
	volume        = "KV_OperationVolumeAnomaly"
	userDenied    = "KV_UserAccessDeniedAnomaly"
	listGet       = "KV_ListGetAnomaly"
	putGet        = "KV_PutGetAnomaly"
	torAccess     = "KV_TORAccess"
	listedAccess  = "KV_SuspiciousIPAccess"
	listedDenied  = "KV_SuspiciousIPAccessDenied"
	outside       = "KV_UnusualAccessSuspiciousIP"

	grantRevoke    = "KVX_GrantRevoke"
	exportBurst    = "KVX_ExportBurst"
	destruction    = "KVX_DestructionBurst"
	softDeleted    = "KVX_SoftDeleted"
	tokenElsewhere = "KVX_WorkloadTokenElsewhere"
	dormant        = "KVX_DormantPrincipal"
	nameProbing    = "KVX_NameProbing"
	unauthProbe    = "KVX_UnauthProbe"
	canary         = "KVX_Canary"
	logGap         = "KVX_LogGap"
	networkOpened  = "KVX_NetworkOpened"
	roleThenRead   = "KVX_RoleThenRead"
	recovering     = "Arm_Suspicious_Vault_Recovering"
)
