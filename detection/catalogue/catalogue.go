// Package catalogue holds the detections, one file each: papers, thresholds, judgement, and the stories it must raise an
// alert about or stay silent about. The list below, the documentation and the sample alerts are derived from them.
//
// To add one, write its file and enter it in [All]. To understand one, open its file: nothing about it stands
// elsewhere.
package catalogue

import "github.com/vaultwatch/vaultwatch/detection"

// All returns the catalogue: Microsoft's alerts by their official ids, then ours.
func All() []*detection.Detection {
	return []*detection.Detection{
		torAccess(),
		suspiciousIPAccess(),
		suspiciousIPAccessDenied(),
		putGet(),
		accountVolume(),
		accountVolumeDenied(),
		userAccessDenied(),
		unusualAccessSuspiciousIP(),
		userAppAnomaly(),
		userAnomaly(),
		appAnomaly(),
		listGet(),
		operationPattern(),
		operationVolume(),
		vaultRecovering(),

		canary(),
		destructionBurst(),
		dormantPrincipal(),
		exportBurst(),
		grantRevoke(),
		logGap(),
		nameProbing(),
		networkOpened(),
		softDeleted(),
		unauthProbe(),
		workloadTokenElsewhere(),
	}
}
